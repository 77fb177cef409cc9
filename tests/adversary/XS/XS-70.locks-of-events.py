# id: XS-70.locks-of-events   class: LATERAL   kind: client   backends: gvisor
# parity: channels
# On Linux every eventfd, timer and epoll is one inode, with one set of locks.
# In gVisor a session finds none of the locks that another has on its own.
from enclave_client import Client
from session_pair import run_beside

LOCK = """
import fcntl, os, select
busy, tried = 0, 0
poll = select.epoll()
held = [os.eventfd(0), poll.fileno(), os.memfd_create("own")]
for fd in held:
    for place in range(64):
        tried += 1
        try:
            fcntl.lockf(fd, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, 2 * place)
        except BlockingIOError:
            busy += 1
        except OSError:
            pass
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        busy += 1
    except OSError:
        pass
"""
HOLD = LOCK + "import time\nreached(1)\ntime.sleep(30)"
found = run_beside(Client(), HOLD, LOCK + "enclave.result([tried, busy])")
assert found == [192, 0], found
