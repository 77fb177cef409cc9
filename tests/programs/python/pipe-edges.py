# pipes: sizes, atomic writes, O_DIRECT, fcntl of them, closed readers
import fcntl, os, select
r, w = os.pipe(); print(fcntl.fcntl(w, 1032), os.get_inheritable(r), os.fstat(r).st_size, oct(os.fstat(r).st_mode))
os.write(w, b"abc"); buf = bytearray(4); fcntl.ioctl(r, 0x541B, buf); print(int.from_bytes(buf, "little"), os.readv(r, [bytearray(2), bytearray(5)]))
for bad in lambda: os.lseek(r, 0, 0), lambda: os.write(r, b"x"), lambda: os.read(w, 1), lambda: os.pread(r, 1, 0), lambda: os.fsync(w):
    try:
        print(bad())
    except OSError as error:
        print(error)
r, w = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC); print(os.write(w, b"x" * 100_000)); os.close(w); n = 0
while piece := os.read(r, 10_000):
    n += len(piece)
print(n, select.select([r], [], [], 0)[0] == [r])
fd = os.open(f"/proc/self/fd/{os.pipe()[0]}", os.O_RDONLY | os.O_NONBLOCK); print(os.readlink(f"/proc/self/fd/{fd}")[:5])
