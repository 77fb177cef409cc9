# id: RS-13.user-limits   class: PEERDOS   kind: client
# What the kernel counts by user is used up in one session: watches, pipes'
# pages, pending signals, locked memory. The next one, another user, has all of
# it; and so has root outside, to whom a namespace's owner would be charged.
import ctypes
from enclave_client import Client
from enclave_test import Unix

TAKE = """
import ctypes, os, fcntl, mmap, time
libc = ctypes.CDLL(None, use_errno=True)
took = {"instances": 0, "pages": 0, "locked": 0, "signals": 0}
import signal
signal.pthread_sigmask(signal.SIG_BLOCK, [40])
value = ctypes.c_void_p(0)
while libc.sigqueue(os.getpid(), 40, value) == 0 and took["signals"] < 100000:
    took["signals"] += 1
fds = []
while took["instances"] < 512 and (fd := libc.inotify_init1(0)) >= 0:
    fds.append(fd)
    took["instances"] += 1
try:
    while True:
        r, w = os.pipe()
        fds += [r, w]
        took["pages"] += fcntl.fcntl(w, 1031, 1 << 20) // 4096
        if len(fds) > 900: break
except OSError:
    pass
for _ in range(64):
    m = mmap.mmap(-1, 1 << 20)
    took["locked"] += libc.mlock(ctypes.c_void_p(ctypes.addressof(ctypes.c_char.from_buffer(m))), 1 << 20) == 0
print(took, flush=True)
enclave.result(took)
"""
client = Client()
alone = client.run({"language": "python", "code": TAKE})["result"]["json"]
held = client.expect(201, "POST", "/v1/sessions", {
    "language": "python", "code": TAKE + "time.sleep(60)", "limits": {"wallClockSeconds": 60}}).json["id"]
stream = Unix(client.path)
stream.request("GET", f"/v1/sessions/{held}/stream")
answer = stream.getresponse()
while b"stdout" not in answer.readline():
    pass  # it says what it took once it has taken all
beside = [client.run({"language": "python", "code": TAKE}) for _ in range(3)]
outside = ctypes.CDLL(None).inotify_init1(0)
still = client.request("GET", f"/v1/sessions/{held}").json["phase"]
client.request("DELETE", f"/v1/sessions/{held}")
client.expect(200, "GET", f"/v1/sessions/{held}/audit?format=bundle")
assert outside >= 0, "root of the host has no instance left"
assert still == "running", still
assert alone["instances"] > 0 and alone["pages"] > 0, alone
for one in beside:
    assert one["result"]["json"] == alone, (alone, one)
