# shutil: copies, moves, archives, removal of trees
import os, shutil
os.makedirs("src/sub")
for name in "src/a.txt", "src/sub/b.txt":
    open(name, "w").write(name)
os.chmod("src/a.txt", 0o640); os.utime("src/a.txt", (1e9, 1e9))
shutil.copytree("src", "dst"); shutil.copy2("src/a.txt", "copy")
print(oct(os.stat("copy").st_mode), os.stat("copy").st_mtime, os.stat("dst/a.txt").st_mtime_ns)
print(sorted(os.path.join(d, f) for d, _, fs in os.walk("dst") for f in fs))
print(os.path.basename(shutil.make_archive("pack", "gztar", "src")), os.path.basename(shutil.make_archive("pack", "zip", "src")))
shutil.unpack_archive("pack.tar.gz", "out"); print(sorted(os.listdir("out")))
print(shutil.move("dst", "/tmp/moved"), os.path.exists("dst"), sorted(os.listdir("/tmp/moved")))
shutil.rmtree("src")
try:
    shutil.rmtree("src")
except FileNotFoundError as error:
    print(error)
print(shutil.which("python3"), shutil.which("sh"), shutil.which("gcc"))
