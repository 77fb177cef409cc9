# id: XS-74.scheduling-groups   class: LATERAL   kind: client   backends: gvisor
# parity: channels
# On Linux setsid() takes a number of the whole machine's, and a write to
# /proc/self/autogroup makes all others wait. gVisor has no such file, nor the
# session a number that others move.
from enclave_client import Client
from session_pair import run_beside

HOLD = """
import os, time
reached(1)
while True:
    if os.fork() == 0:
        os.setsid()
        try: open("/proc/self/autogroup", "w").write("1")
        except OSError: pass
        os._exit(0)
    os.wait()
    time.sleep(0.02)
"""
LOOK = """
import errno, os, time
told, busy = [], 0
for _ in range(6):
    pid = os.fork()
    if pid == 0:
        os.setsid()
        os._exit(0)
    os.waitpid(pid, 0)
    told.append(pid)
    try:
        told.append(open("/proc/self/autogroup").read())
        open("/proc/self/autogroup", "w").write("1")
    except OSError as e:
        busy += e.errno == errno.EAGAIN
    time.sleep(0.1)
enclave.result({"told": [text for text in told if isinstance(text, str)], "pids": [pid for pid in told if isinstance(pid, int)], "busy": busy})
"""
found = run_beside(Client(), HOLD, LOOK)
assert found["told"] == [] and found["busy"] == 0, found
assert len(found["pids"]) == 6 and max(found["pids"]) - min(found["pids"]) <= 12, found
