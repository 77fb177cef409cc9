# where the first hole of a file is, and its data
# differs: guest-files@gvisor
import os
fd = os.open("f", os.O_CREAT | os.O_RDWR)
os.pwrite(fd, b"a" * 4096, 0); os.pwrite(fd, b"b", 1 << 20)
print(os.lseek(fd, 0, os.SEEK_DATA), os.lseek(fd, 1, os.SEEK_DATA), os.lseek(fd, 0, os.SEEK_HOLE))
