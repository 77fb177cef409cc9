# id: XS-02.ipc   class: LATERAL   backends: native gvisor   kind: client
# What one makes by key or name, another doesn't find: System V memory,
# semaphores and queues, POSIX queues, abstract sockets, keys, futexes.
from enclave_client import Client
from session_pair import run_beside

CALLS = r"""
import ctypes, os, socket
libc = ctypes.CDLL(None, use_errno=True)
KEY, CREAT = 0x0e9c1a7e, 0o1000
def call(number, *arguments):
    r = libc.syscall(number, *arguments)
    return r if r >= 0 else -ctypes.get_errno()
def named():
    return {
        "shm": call(29, KEY, 4096, 0o666), "sem": call(64, KEY, 1, 0o666), "msg": call(68, KEY, 0o666),
        "mq": call(240, b"canary", 2, 0, None), "key": call(249, b"user", b"enclave-canary", None, 0),
        "session-key": call(250, 10, -3, b"user", b"enclave-canary", 0)}
"""
HOLDER = CALLS + r"""
import time
page = call(29, KEY, 4096, 0o666 | CREAT)
if page >= 0:
    libc.shmat.restype = ctypes.c_void_p
    ctypes.memset(libc.shmat(page, None, 0), 0x41, 4096)
call(64, KEY, 1, 0o666 | CREAT); call(68, KEY, 0o666 | CREAT)
call(240, b"canary", 2 | os.O_CREAT, 0o666, None)
call(248, b"user", b"enclave-canary", b"secret", 6, -3)
sockets = []
for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
    s = socket.socket(socket.AF_UNIX, kind); s.bind(f"\0enclave-canary-{int(kind)}")
    kind == socket.SOCK_STREAM and s.listen()
    sockets.append(s)
reached(1)
time.sleep(30)
"""
LOOKER = CALLS + r"""
found = [name for name, r in named().items() if r >= 0]
# Whatever number it may have.
for i in range(4096):
    for name, number, arguments in (("shmctl", 31, (i, 2)), ("semctl", 66, (i, 0, 2)), ("msgctl", 71, (i, 2))):
        if call(number, *arguments, ctypes.create_string_buffer(512)) >= 0:
            found.append(f"{name} {i}")
for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
    with socket.socket(socket.AF_UNIX, kind) as s:
        if s.connect_ex(f"\0enclave-canary-{int(kind)}") == 0:
            found.append(f"abstract {int(kind)}")
for path in ("/proc/sysvipc/shm", "/proc/sysvipc/sem", "/proc/sysvipc/msg", "/proc/net/unix", "/proc/keys", "/dev/mqueue"):
    try:
        text = "".join(os.listdir(path)) if os.path.isdir(path) else open(path).read()
    except OSError:
        continue
    if "canary" in text or str(KEY) in text:
        found.append(path)
enclave.result(found)
"""
assert run_beside(Client(), HOLDER, LOOKER) == []
