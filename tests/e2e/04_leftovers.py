"""Sessions, half of them hostile, leave everything as it was.

A hundred on each backend; and on one server that has both, 200 (1000 with
ENCLAVE_FULL=1), some of which find a sandbox waiting.
"""

import os

from concurrent.futures import ThreadPoolExecutor

from enclave_test import Server, need_gvisor, verify, wait_until
from leftovers import differences, host_state

HOSTILE = [
    {"code": "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass",
     "limits": {"pidsLimit": 16}},
    {"code": "x = []\nwhile True: x.append(bytearray(b'x' * (1 << 20)))",
     "limits": {"memoryMb": 32, "diskMb": 4}},
    {"code": "import time\ntime.sleep(60)", "limits": {"wallClockSeconds": 1}},
    {"code": "import socket\nsocket.create_connection(('evil.example.com', 80))"
             ".recv(1)"},
    {"code": "import os\nif os.fork():\n    os._exit(0)\n"
             "while True: open('/work/f', 'ab').write(b'x' * 4096)"},
]


BACKENDS = ("native", "gvisor")


def requests_of(count, backends):
    """Every other one hostile; the backends take turns in pairs."""
    for i in range(count):
        hostile = HOSTILE[i // 4 % len(HOSTILE)]
        what = hostile if i % 2 else {"code": f"print({i})"}
        yield {"language": "python", **what,
               "backend": backends[i // 2 % len(backends)]}


def expect_clean(server, before, seconds):
    left = []

    def clean():
        left[:] = differences(before, host_state(server))
        return not left
    server.wait_for_pools(60)
    try:
        wait_until(clean, seconds, "clean host")
    except TimeoutError:
        raise AssertionError(left) from None


def leave_nothing(count, backends, at_once):
    with Server(backend=",".join(backends)) as server:
        for backend in backends:
            first = server.run({"code": "pass", "language": "python",
                                "backend": backend})
            server.audit(first["id"])  # waits until it is torn down
        server.wait_for_pools()
        before = host_state(server)
        requests = list(requests_of(count, backends))
        with ThreadPoolExecutor(at_once) as pool:
            sessions = list(pool.map(
                lambda r: server.run(r, wait="120s"), requests))
        for i, (request, session) in enumerate(zip(requests, sessions)):
            assert session["backend"] == request["backend"], session
            if i % 2 == 0:
                assert session["result"]["stdout"] == f"{i}\n", session
        for session in sessions[::10]:
            code, text = verify(server.audit(session["id"])[0])
            assert code == 0, text
        expect_clean(server, before, 10)
        return server.pools()


def test_a_hundred_sessions_leave_nothing():
    leave_nothing(100, ["native"], at_once=8)


def test_a_hundred_sessions_in_gvisor_leave_nothing():
    need_gvisor()
    leave_nothing(100, ["gvisor"], at_once=4)


def test_mixed_backends_leave_nothing():
    """Two backends side by side, warm and cold, harmless and hostile."""
    need_gvisor()
    count = 1000 if os.environ.get("ENCLAVE_FULL") == "1" else 200
    shelves = leave_nothing(count, ["gvisor", "native"], at_once=6)
    for backend in BACKENDS:
        shelf = shelves["default", "python", backend]
        assert shelf["taken"] > 0, shelves   # warm
        assert shelf["missed"] > 0, shelves  # cold
