# advice about a file, each kind
import os
fd = os.open("f", os.O_CREAT | os.O_RDWR)
os.write(fd, b"x" * 8192)
for name in "NORMAL", "SEQUENTIAL", "RANDOM", "NOREUSE", "WILLNEED", "DONTNEED":
    try:
        print(name, os.posix_fadvise(fd, 0, 0, getattr(os, "POSIX_FADV_" + name)))
    except OSError as error:
        print(name, error)
