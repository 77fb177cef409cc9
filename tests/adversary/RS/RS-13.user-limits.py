# id: RS-13.user-limits   class: PEERDOS   kind: client
# What the kernel counts by user is used up in one session: watches, pipes'
# pages, pending signals, locked memory, processes. The next one, another user,
# has all of it.
from enclave_client import Client
from enclave_test import wait_until

TAKE = """
import ctypes, os, fcntl, mmap, time
libc = ctypes.CDLL(None, use_errno=True)
took = {"instances": 0, "pages": 0, "locked": 0}
fds = []
while (fd := libc.inotify_init1(0)) >= 0:
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
wait_until(lambda: client.request("GET", f"/v1/sessions/{held}").json["startedAt"], 20, "its start")
beside = [client.run({"language": "python", "code": TAKE})["result"]["json"] for _ in range(3)]
still = client.request("GET", f"/v1/sessions/{held}").json["phase"]
client.request("DELETE", f"/v1/sessions/{held}")
client.expect(200, "GET", f"/v1/sessions/{held}/audit?format=bundle")
assert still == "running", still
assert alone["instances"] > 0 and alone["pages"] > 0, alone
assert all(one == alone for one in beside), (alone, beside)
