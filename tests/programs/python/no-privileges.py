# what only root may do
# differs: guest-processes@gvisor
import os
open("f", "w").close()
for action in (lambda: os.chown("main.py", 0, 0), lambda: os.setuid(0), lambda: os.mknod("n", 0o20666, os.makedev(1, 3)), lambda: os.chroot("/work"), lambda: os.setgid(0), lambda: os.setgroups([0]), lambda: os.nice(-1), lambda: os.kill(1, 9), lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))):
    try:
        action(); print("works")
    except OSError as error:
        print(error.strerror)
