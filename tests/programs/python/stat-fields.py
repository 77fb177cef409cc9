# the fields of stat that don't depend on the moment
import os, stat, time
with open("f", "wb") as f:
    f.write(b"x" * 10000)
s = os.stat("f")
print(stat.S_ISREG(s.st_mode), s.st_size, s.st_blksize, s.st_nlink, s.st_uid, s.st_gid, s.st_rdev)
now = time.time()
print(abs(s.st_mtime - now) < 5, abs(s.st_ctime - now) < 5, abs(s.st_atime - now) < 5)
os.utime("f", ns=(1_000_000_001, 2_000_000_002)); s = os.stat("f")
print(s.st_atime_ns, s.st_mtime_ns)
os.utime("f", (-5, 2**33)); print(os.stat("f").st_atime, os.stat("f").st_mtime)
os.mkdir("d"); os.mkdir("d/e"); print(os.stat("d").st_nlink, os.stat("/dev/null").st_rdev == os.makedev(1, 3))
for fd in range(3):
    print(fd, stat.filemode(os.fstat(fd).st_mode)[0])
os.truncate("f", 3); print(os.path.getsize("f"), os.stat("f").st_dev == os.stat("d").st_dev)
