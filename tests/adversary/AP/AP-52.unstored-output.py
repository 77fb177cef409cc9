# id: AP-52.unstored-output   class: HOSTDOS   kind: client
# A program writes to both streams, as fast as it can and as much as is kept:
# faster than the store takes it. It waits in its writes meanwhile, and the server
# doesn't hold for it what isn't stored. Nothing of it is lost.
import threading
from adversary_oracle import memory_of
from enclave_test import Server, wait_until

KEPT, HELD = 32 << 20, 32 << 20
CODE = f"""
import os
piece = b"x" * (1 << 20)
for _ in range({KEPT >> 20}):
    for fd in 1, 2:
        at = 0
        while at < len(piece):
            at += os.write(fd, piece[at:])
"""


class Peak(threading.Thread):
    """The most that a process held while this ran."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.most, self.over = pid, 0, threading.Event()

    def run(self):
        while not self.over.wait(0.005):
            self.most = max(self.most, memory_of(self.pid))

    def end(self):
        self.over.set()
        self.join()
        return self.most


with Server(pool=0) as server:
    server.request("GET", "/v1/healthz")  # from here on it has its name
    api = next(pid for pid, name in server.children().items()
               if name == "enclave-api")
    before = memory_of(api)
    peak = Peak(api)
    peak.start()
    session = server.request("POST", "/v1/sessions", {
        "language": "python", "code": CODE,
        "limits": {"outputBytes": KEPT, "wallClockSeconds": 120}}).json
    path = f"/v1/sessions/{session['id']}"
    wait_until(lambda: server.request("GET", path).json["phase"] ==
               "torn_down", 120, "its end")
    most = peak.end()
    ended = server.request("GET", path).json
    assert ended["outcome"] == "succeeded", ended
    assert most > before, "nothing was measured"
    assert most < before + HELD, most - before
    result = server.request("GET", f"{path}/result").json
    assert result["stdout"] == result["stderr"] == "x" * KEPT
