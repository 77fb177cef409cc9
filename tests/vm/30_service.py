"""The unit over its life: what waits, what is restarted, what is left."""

import os
import re
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from enclave_test import TOP, descendants, verify, wait_until
from leftovers import differences
from pace import paced
from service import Service, left_on_host, property_of, sh

ENDLESS = {"language": "python", "backend": "native",
           "code": "import time\nwhile True: time.sleep(1)"}
HOSTILE = [
    {"code": "import os\nwhile True:\n    try: os.fork()\n"
             "    except OSError: pass", "limits": {"pidsLimit": 16}},
    {"code": "x = []\nwhile True: x.append(bytearray(b'x' * (1 << 20)))",
     "limits": {"memoryMb": 32, "diskMb": 4}},
    {"code": "import socket\nsocket.create_connection(("
             "'evil.example.com', 80)).recv(1)"},
    {"code": "import os\nif os.fork():\n    os._exit(0)\n"
             "while True: open('/work/f', 'ab').write(b'x' * 4096)"},
]


def use_native_alone():
    """A drop-in, as an administrator would write it; the unit restarts."""
    folder = Path("/etc/systemd/system/enclave.service.d")
    folder.mkdir(exist_ok=True)
    (folder / "test.conf").write_text(
        "[Service]\nExecStart=\nExecStart=/usr/local/lib/enclave/enclaved "
        "--backend native --pool 1\n")
    sh("systemctl", "daemon-reload")
    sh("systemctl", "restart", "enclave")


def begin(server, **other):
    """A session that runs; returns its id."""
    reply = server.request("POST", "/v1/sessions", {**ENDLESS, **other})
    assert reply.status == 201, reply.body
    session = reply.json["id"]
    wait_until(lambda: server.request(
        "GET", f"/v1/sessions/{session}").json["startedAt"], 20, "its start")
    return session


def test_a_restart_ends_what_runs_and_goes_on():
    server = Service()
    session = begin(server)
    before = server.process.pid
    use_native_alone()
    assert server.process.pid != before
    ended = server.wait_end(session)
    assert ended["outcome"] in ("killed", "failed"), ended
    code, text = verify(server.audit(session)[0])
    assert code == 0, text


def test_a_session_finds_a_sandbox_waiting():
    server = Service()
    server.run({"language": "python", "code": "pass"})  # its shelf
    shelf = ("default", "python", "native")
    server.wait_for_pools()
    taken = server.pools()[shelf]["taken"]
    session = server.run({"language": "python", "code": "print(2)"})
    assert session["result"]["stdout"] == "2\n", session
    assert server.pools()[shelf]["taken"] == taken + 1, server.pools()


def test_hostile_sessions_leave_nothing():
    server = Service()
    server.wait_for_pools()
    before = left_on_host(server)
    for request in HOSTILE * 2:
        session = server.run({"language": "python", **request})
        assert session["outcome"] is not None, session
        server.wait_end(session["id"])
    expect_same(server, before)


def oom_kills():
    return int(re.search(r"(?m)^oom_kill (\d+)$",
                         Path("/proc/vmstat").read_text())[1])


def test_twenty_default_sessions_wait_on_four_gigabytes():
    """Some run at a time; nobody is refused, and nobody is killed.

    With --full they use what they may, ten gigabytes in all. Under emulation
    that takes minutes.
    """
    memory = int(re.search(r"MemTotal:\s+(\d+)",
                           Path("/proc/meminfo").read_text())[1])
    assert memory <= 4 << 20, memory
    server, before = Service(), oom_kills()
    mib = 450 if os.environ.get("ENCLAVE_FULL") == "1" else 40
    request = {"language": "python",
               "limits": {"wallClockSeconds": int(paced(60))}, "code":
               f"import time\nx = bytearray(b'x') * ({mib} << 20)\n"
               "time.sleep(1)\nprint(len(x) >> 20)"}
    with ThreadPoolExecutor(20) as pool:
        sessions = list(pool.map(lambda _: server.wait_end(
            server.run(request, "300s")["id"], 300), range(20)))
    assert [s["outcome"] for s in sessions] == ["succeeded"] * 20, sessions
    assert {s["result"]["stdout"] for s in sessions} == {f"{mib}\n"}, sessions
    assert max(s["timings"]["queuedMs"] for s in sessions) > 0, sessions
    assert oom_kills() == before


def expect_same(server, before):
    """Within 10 s of full pools, nothing came and nothing went."""
    left = []

    def clean():
        left[:] = differences(before, left_on_host(server))
        return not left
    server.wait_for_pools()
    try:
        wait_until(clean, 10, "clean host")
    except TimeoutError:
        raise AssertionError(left) from None


def kill_and_recover(server, pid):
    """SIGKILL beside a session: it has one end, the host is as before."""
    server.wait_for_pools()
    before = left_on_host(server)
    session = begin(server)
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not Path(f"/proc/{pid}").exists(), 10, "its end")
    server.wait_ready(30)
    server.wait_end(session)
    events = server.audit(session)[1]
    assert [e["type"] for e in events].count("session_sealed") == 1, events
    # A shelf is kept from the first session on.
    again = server.run({"language": "python", "code": "print(3)"})
    assert again["result"]["stdout"] == "3\n", again
    server.wait_end(again["id"])
    expect_same(server, before)


def pid_of(server, name):
    return next(pid for pid, comm in descendants(server.process.pid).items()
                if comm.startswith(name))


def test_kill_9_of_enclave_api():
    server = Service()
    kill_and_recover(server, pid_of(server, "enclave-api"))


def test_kill_9_of_enclaved():
    server = Service()
    before = server.process.pid
    kill_and_recover(server, before)
    assert server.process.pid not in (0, before)
    assert int(property_of("NRestarts")) >= 1


def test_a_stop_leaves_nothing():
    server = Service()
    begin(server, code="import time\ntime.sleep(3)")
    sh("systemctl", "stop", "enclave")
    assert property_of("Result") == "success", property_of("Result")
    left = left_on_host(Service())
    # The state directory may itself be a mount.
    assert set(left["mounts"]) <= {str(Service().state)}, left
    for kind in ("processes", "strays", "strangers", "groups",
                 "network namespaces", "links", "tables"):
        assert not left[kind], left


def test_uninstall_takes_it_away():
    sh("make", "uninstall", cwd=TOP)
    left = [str(path) for path in Path("/usr/local").rglob("*enclave*")]
    assert left == [], left
    assert Path("/var/lib/enclave/environments/default").exists()
