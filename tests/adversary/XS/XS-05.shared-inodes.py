# id: XS-05.shared-inodes   class: LATERAL   backends: native gvisor   kind: client
# Two sessions have the same environment, and no inode of it in common that one
# could knock on: locks, leases, watches, times of access. (Caches and the CPU
# are shared; what can be told by timing isn't defended, and the docs say so.)
from enclave_client import Client
from session_pair import begin, wait_step

PATHS = "PATHS = ('/etc/passwd', '/usr/lib/python3.11/enclave_start.py', '/usr/bin/python3', '/etc', '/usr', '/', '/proc/self/status', '/dev/null')\n"
HOLDER = PATHS + r"""
import fcntl, os, signal, time
signal.signal(signal.SIGIO, signal.SIG_IGN)
held = []
for path in PATHS:
    try:
        fd = os.open(path, os.O_RDONLY)
    except OSError:
        continue
    for act in (lambda: fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB), lambda: fcntl.lockf(fd, fcntl.LOCK_SH | fcntl.LOCK_NB),
                lambda: fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_RDLCK), lambda: fcntl.fcntl(fd, fcntl.F_NOTIFY, 0x80000001)):
        try:
            act()
        except OSError:
            pass
    held.append(fd)
reached(1)
time.sleep(1.5)
for path in PATHS:  # what a watch would hear
    try:
        os.listdir(path) if os.path.isdir(path) else open(path, "rb").read(10)
        os.access(path, os.W_OK)
    except OSError:
        pass
reached(2)
time.sleep(30)
"""
LOOKER = PATHS + r"""
import ctypes, fcntl, os, select, time
libc = ctypes.CDLL(None, use_errno=True)
found = []
watch = libc.inotify_init1(os.O_NONBLOCK)
before = {}
for path in PATHS:
    try:
        fd = os.open(path, os.O_RDONLY)
    except OSError:
        continue
    for name, act in (("flock", lambda: fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)),):
        try:
            act()
        except BlockingIOError:
            found.append([name, path])
        except OSError:
            pass
    os.close(fd)
    if not path.startswith(("/proc", "/dev")):
        libc.inotify_add_watch(watch, path.encode(), 0xfff)
    before[path] = os.stat(path).st_atime_ns
reached(1)
time.sleep(3)
while watch >= 0 and select.select([watch], [], [], 0)[0]:
    found.append(["inotify", os.read(watch, 4096).hex()[:80]])
found += [["atime", path] for path in before if not path.startswith(("/proc", "/dev")) and os.stat(path).st_atime_ns != before[path]]
enclave.result(found)
"""
client = Client()
holder = begin(client, HOLDER)
wait_step(client, holder, 1)
looker = begin(client, LOOKER)
wait_step(client, looker, 1)
wait_step(client, holder, 2)
found = client.end(looker)
client.request("DELETE", f"/v1/sessions/{holder}")
client.end(holder)
assert found["json"] == [], found
