# sessions, groups, killing a group, ids of them
import os, signal, subprocess, time
print(os.getpgrp() == os.getpid(), os.getsid(0) == os.getpid())
p = subprocess.Popen(["sh", "-c", "sleep 60 & sleep 60 & wait"], start_new_session=True)
print(os.getpgid(p.pid) == p.pid, os.getsid(p.pid) == p.pid); os.killpg(p.pid, signal.SIGTERM); print(p.wait())
p = subprocess.Popen(["sleep", "60"]); print(os.getpgid(p.pid) == os.getpgrp()); p.kill(); print(p.wait())
for bad in lambda: os.setsid(), lambda: os.getpgid(2**22 - 5), lambda: os.killpg(2**22 - 5, 0):
    try:
        print(bad())
    except OSError as error:
        print(type(error).__name__, error.strerror)
