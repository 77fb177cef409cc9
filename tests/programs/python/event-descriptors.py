# eventfd, memfd, and inotify by ctypes
import ctypes, os, struct
fd = os.eventfd(3); os.eventfd_write(fd, 4); print(os.eventfd_read(fd))
fd = os.memfd_create("name"); os.write(fd, b"in memory"); print(os.pread(fd, 99, 0), os.readlink(f"/proc/self/fd/{fd}"))
libc = ctypes.CDLL(None, use_errno=True)
fd = libc.inotify_init1(0); print(libc.inotify_add_watch(fd, b"/work", 0x100)); open("new", "w").close()
wd, mask, cookie, size = struct.unpack("iIII", (data := os.read(fd, 999))[:16]); print(wd, mask, data[16:16 + size].rstrip(b"\0"))
