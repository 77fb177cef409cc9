"""A hundred sessions, half of them hostile, leave everything as it was."""

from concurrent.futures import ThreadPoolExecutor

from enclave_test import Server, differences, host_state, verify, wait_until

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


def test_a_hundred_sessions_leave_nothing():
    with Server() as server:
        first = server.run({"code": "pass", "language": "python"})
        server.audit(first["id"])  # waits until it is torn down
        server.wait_for_pools()
        before = host_state(server)
        requests = [{"language": "python", **HOSTILE[i // 2 % len(HOSTILE)]}
                    if i % 2 else {"language": "python", "code": f"print({i})"}
                    for i in range(100)]
        with ThreadPoolExecutor(8) as pool:
            sessions = list(pool.map(
                lambda r: server.run(r, wait="120s"), requests))
        for i, session in enumerate(sessions):
            if i % 2 == 0:
                assert session["result"]["stdout"] == f"{i}\n", session
        for session in sessions[::10]:
            code, text = verify(server.audit(session["id"])[0])
            assert code == 0, text
        left = []

        def clean():
            left[:] = differences(before, host_state(server))
            return not left
        try:
            wait_until(clean, 10, "clean host")
        except TimeoutError:
            raise AssertionError(left) from None
