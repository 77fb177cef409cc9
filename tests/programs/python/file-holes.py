# holes: sizes, fallocate, truncate and preadv
import errno, os
fd = os.open("f", os.O_CREAT | os.O_RDWR)
os.pwrite(fd, b"a" * 4096, 0); os.pwrite(fd, b"b", 1 << 20)
print(os.lseek(fd, 0, os.SEEK_END), os.fstat(fd).st_size)
os.posix_fallocate(fd, 0, 2 << 20); print(os.fstat(fd).st_size)
os.ftruncate(fd, 10); buffers = [bytearray(4), bytearray(9)]; print(os.preadv(fd, buffers, 0), buffers)
os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_SEQUENTIAL); os.fdatasync(fd); os.sync()
for bad in lambda: os.lseek(fd, -1, 0), lambda: os.read(99, 1), lambda: os.ftruncate(fd, -1):
    try:
        bad()
    except OSError as error:
        print(errno.errorcode[error.errno])
