# calls that libc makes by their older names
import ctypes, os
libc = ctypes.CDLL(None)
os.symlink("none", "l")
os.lchown("l", -1, -1)
os.chown("l", -1, -1, follow_symlinks=False)
print(os.lstat("l").st_uid, libc.epoll_create(1) > 0, libc.inotify_init() > 0, os.getpgrp() == os.getpid())
