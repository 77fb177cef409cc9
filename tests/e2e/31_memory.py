"""Sessions run while all that they may use fits the machine's memory."""

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from enclave_test import Server, has_gvisor, wait_until

BACKENDS = ["native", *(["gvisor"] if has_gvisor() else [])]
GATE_MIB, SENTRY_MIB = 4, 64
# What a default session may use: memory, disk, and gVisor's own share.
DEFAULT_MIB = {"native": 512 + 256 + GATE_MIB,
               "gvisor": 512 + 256 + GATE_MIB + SENTRY_MIB + 128}


def machine_mib():
    with open("/proc/meminfo", encoding="ascii") as file:
        return int(re.search(r"MemTotal:\s+(\d+)", file.read())[1]) / 1024


def watch(server, over, seen):
    """Notes how many sessions run at a time, until the others have ended."""
    while not over.wait(0.02):
        text = server.request("GET", "/v1/metrics").body.decode()
        seen.add(tuple(int(re.search(
            rf"^enclave_sessions_{what} (\d+)$", text, re.M)[1])
            for what in ("running", "waiting")))


def test_twenty_default_sessions_wait_for_memory():
    """Room for four and a half: nobody is refused, nobody is killed."""
    for backend in BACKENDS:
        factor = 4.5 * DEFAULT_MIB[backend] / machine_mib()
        over, seen = threading.Event(), set()
        with Server(backend=backend, pool=0,
                    extra=("--overcommit", f"{factor:.3f}")) as server, \
                ThreadPoolExecutor(21) as pool:
            watcher = pool.submit(watch, server, over, seen)
            sessions = list(pool.map(lambda n: server.run({
                "language": "python",
                "code": "import time; time.sleep(0.5); print(1)"}), range(20)))
            over.set()
            watcher.result()
        assert all(one["outcome"] == "succeeded" for one in sessions)
        assert max(running for running, _ in seen) == 4, seen
        # The fifth waited although there were places but for memory.
        assert max(waiting for _, waiting in seen) >= 8, seen


def test_a_session_that_never_fits():
    with Server(extra=("--overcommit", "0.1")) as server:
        reply = server.request("POST", "/v1/sessions", {
            "code": "pass", "limits": {"memoryMb": 65536}})
        assert (reply.status, reply.code) == (400, "bad_limits"), reply.body
        said = re.search(r"memoryMb can be (\d+) at most", reply.body.decode())
        assert said, reply.body
        for more, status in ((0, 202), (1, 400)):
            reply = server.request("POST", "/v1/sessions?wait=0", {
                "code": "pass", "limits": {"memoryMb": int(said[1]) + more}})
            assert reply.status == status, (more, reply.body)


def private_kib(pid):
    """What a process has in memory that no other process shares."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(re.search(r"Private_Dirty: *(\d+) kB", text).group(1))


def test_a_gate_keeps_no_files():
    """It passes the files of its session on, and gives the memory back."""
    with Server(pool=0) as server:
        session = server.request("POST", "/v1/sessions", {
            "code": "print('begun', flush=True)\nimport time; time.sleep(60)",
            "language": "python", "files": [
                {"path": "large", "content": "x" * (3 << 20)}]}).json["id"]
        wait_until(lambda: server.request(
            "GET", f"/v1/sessions/{session}").json["phase"] == "running", 20,
            "the program")
        gate, = [pid for pid, name in server.children().items()
                 if name == "enclave-gate"]
        wait_until(lambda: private_kib(gate) < 1500, 20,
                   "a gate without files")
        server.request("DELETE", f"/v1/sessions/{session}")
