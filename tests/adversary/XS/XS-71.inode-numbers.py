# id: XS-71.inode-numbers   class: LATERAL   kind: client   backends: gvisor
# parity: channels
# On Linux the inode number of a pipe or socket is from a counter of the whole
# machine. In gVisor it is the session's: it moves by what one makes oneself.
from enclave_client import Client
from session_pair import run_beside

HOLD = """
import os, socket, time
reached(1)
while True:
    for _ in range(100):
        for fd in os.pipe(): os.close(fd)
        socket.socket().close()
        os.close(os.memfd_create("own"))
    time.sleep(0.005)
"""
LOOK = """
import os, socket, time
def numbers():
    made = [*os.pipe(), socket.socket().detach(), os.memfd_create("own"), os.eventfd(0)]
    found = [os.fstat(fd).st_ino for fd in made]
    for fd in made: os.close(fd)
    return found
before = numbers()
time.sleep(0.6)
enclave.result([after - was for was, after in zip(before, numbers())])
"""
found = run_beside(Client(), HOLD, LOOK)
assert len(found) == 5 and all(abs(step) <= 20 for step in found), found
