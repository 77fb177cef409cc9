# id: XS-64.watch-of-events   class: LATERAL   kind: client
# All eventfds, timers and pipes of a machine are of few file systems, some of
# one inode. A watch on one's own says nothing of what another session does with
# its own; that a watch works at all shows by a file.
from enclave_client import Client
from session_pair import run_beside

HOLD = """
import os, select, time
event, poll, pipe = os.eventfd(0), select.epoll(), os.pipe()
poll.register(event, select.EPOLLIN)
reached(1)
while True:
    os.eventfd_write(event, 1)
    poll.poll(0.001)
    os.eventfd_read(event)
    os.write(pipe[1], b"x")
    os.read(pipe[0], 1)
    os.close(os.eventfd(0))
    os.fchmod(os.memfd_create("own"), 0o600)
    time.sleep(0.01)
"""
LOOK = """
import ctypes, os, select, time
libc = ctypes.CDLL(None, use_errno=True)
watch = libc.inotify_init1(os.O_NONBLOCK)
own = os.open("/work/own", os.O_CREAT | os.O_RDWR)
poll = select.epoll()
held = [os.eventfd(0), poll.fileno(), *os.pipe(), os.memfd_create("own")]
def read():
    try:
        return os.read(watch, 65536)
    except OSError:
        return b""
for fd in (*held, own):
    libc.inotify_add_watch(watch, b"/proc/self/fd/%d" % fd, 0xfff)
read()  # what the watching itself opened
time.sleep(0.7)
foreign = len(read())
os.write(own, b"x")
enclave.result({"foreign": foreign, "own": len(read())})
"""
found = run_beside(Client(), HOLD, LOOK)
assert found["own"] > 0, found
assert found["foreign"] == 0, found
