# id: FS-22.locks   class: LATERAL   kind: client   backends: native gvisor
# A lock, a lease or a watch on a file of the environment, which every session
# sees, is nobody else's to notice: two sessions that both have them.
from enclave_client import Client
from pace import FACTOR

FILES = ["/etc/passwd", "/usr/bin/env", "/usr/lib/python3.11/enclave_start.py", "/etc"]
HOLD = """
import ctypes, fcntl, os, signal, sys, time
for path in %r:
    fd = os.open(path, os.O_RDONLY)
    fcntl.flock(fd, fcntl.LOCK_EX)
    for command, argument in ((fcntl.F_SETLEASE, fcntl.F_RDLCK), (fcntl.F_SETLEASE, fcntl.F_WRLCK),
                              (fcntl.F_NOTIFY, fcntl.DN_ACCESS | fcntl.DN_MULTISHOT)):
        try:
            signal.signal(signal.SIGIO, signal.SIG_IGN)
            fcntl.fcntl(fd, command, argument)
            print("took", path, command)
        except OSError:
            pass
libc = ctypes.CDLL(None, use_errno=True)
watch = libc.inotify_init1(os.O_NONBLOCK)
for path in %r:
    libc.inotify_add_watch(watch, path.encode(), 0xfff)
print("holding", flush=True)
deadline = time.monotonic() + %d
while time.monotonic() < deadline:
    try:
        print("noticed", os.read(watch, 4096)[:16].hex(), flush=True)
        break
    except BlockingIOError:
        time.sleep(0.05)
""" % (FILES, FILES, min(20, 3 * FACTOR))
TOUCH = """
import fcntl, os
for path in %r:
    fd = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print("locked", path)
    os.listdir(path) if os.path.isdir(path) else os.read(fd, 10)
""" % FILES

client = Client()
held = client.expect(201, "POST", "/v1/sessions", {
    "language": "python", "code": HOLD}).json["id"]
beside = 0
while client.expect(200, "GET", f"/v1/sessions/{held}").json["phase"] != "torn_down":
    session = client.run({"language": "python", "code": TOUCH})
    assert session["result"]["stdout"] == "", session
    assert session["outcome"] == "succeeded", session
    beside += 1
said = client.expect(200, "GET", f"/v1/sessions/{held}/result").json["stdout"]
assert "holding" in said and "noticed" not in said, said
assert beside >= 3, beside
