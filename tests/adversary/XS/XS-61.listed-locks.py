# id: XS-61.listed-locks   class: LATERAL   kind: client
# /proc/locks hides locks by their owner's process, and a lock of an open file
# has none. A session and the host hold such locks, at places that say a word;
# another session reads neither.
import fcntl
import struct
import tempfile
from enclave_client import Client
from session_pair import run_beside

F_OFD_SETLK, OURS, THEIRS = 37, 7306925147, 7306925991
LOCK = """
import fcntl, os, struct
fd = os.open("/work/lock", os.O_CREAT | os.O_RDWR)
def lock(command, place):
    try:
        fcntl.fcntl(fd, command, struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, place, 1, 0))
        return 1
    except OSError:
        return 0
"""
HOLD = LOCK + f"""
import time
lock({F_OFD_SETLK}, {OURS})
fcntl.flock(fd, fcntl.LOCK_EX)
reached(1)
time.sleep(30)
"""
LOOK = LOCK + """
locked, text = lock(fcntl.F_SETLK, 1), ""
for path in ("/proc/locks", "/proc/self/../locks", f"/proc/self/fdinfo/{fd}"):
    try:
        text += open(path).read()
    except OSError:
        pass
enclave.result({"locked": locked, "text": text})
"""
with tempfile.TemporaryFile() as file:
    fcntl.fcntl(file, F_OFD_SETLK, struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, THEIRS, 1, 0))
    listed = open("/proc/locks").read()
    assert str(THEIRS) in listed, "the host's own lock isn't listed"
    found = run_beside(Client(), HOLD, LOOK)
assert found["locked"] == 1, found
for place in (OURS, THEIRS):
    assert str(place) not in found["text"], found
assert "OFDLCK" not in found["text"], found
