# id: XS-60.namespace-files   class: LATERAL   kind: client
# Whoever shares a namespace shares its file in /proc/self/ns, and a lock on it.
# One session locks all of them; another finds none busy, and none of the
# host's numbers.
import os
from enclave_client import Client
from session_pair import run_beside

LOCK = """
import fcntl, os
busy, seen, numbers = [], 0, set()
for name in sorted(os.listdir("/proc/self/ns")):
    try:
        number = os.readlink("/proc/self/ns/" + name)
        fd = os.open("/proc/self/ns/" + name, os.O_RDONLY)
    except OSError:
        continue
    seen += 1
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        if number not in numbers:  # pid and pid_for_children are one
            busy.append(name)
    except OSError:
        pass
    numbers.add(number)
"""
HOLD = LOCK + """
import time
reached(1)
time.sleep(30)
"""
LOOK = LOCK + """
enclave.result({"busy": busy, "seen": seen, "numbers": sorted(numbers)})
"""
found = run_beside(Client(), HOLD, LOOK)
assert found["seen"] >= 5, found
assert found["busy"] == [], found
host = {os.readlink(f"/proc/self/ns/{name}") for name in os.listdir("/proc/self/ns")}
assert not host & set(found["numbers"]), (host, found)
