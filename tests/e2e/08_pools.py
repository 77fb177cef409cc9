"""Sandboxes that wait for a session: what is the same, what is never shared."""

import json
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from enclave_test import Server, descendants, wait_until
from leftovers import differences, host_state, instance_dirs, settled

PYTHON = ("default", "python", "native")
NODE = ("default", "node", "native")

# Everything that a program can look at and that isn't its own by chance.
PYTHON_PROBE = """
import json, os, signal, subprocess, sys
def limits():
    return {name: open(path).read() for name, path in
            (("status", "/proc/self/limits"), ("cgroup", "/proc/self/cgroup"))}
env = {k: v for k, v in os.environ.items() if k != "ENCLAVE_SESSION_ID"}
st = os.statvfs("/work")
print(json.dumps({
    "argv": [sys.argv, sys.orig_argv], "env": list(env.items()),
    "modules": sorted(sys.modules), "globals": sorted(globals()),
    "flags": repr(sys.flags), "path": sys.path, "cwd": os.getcwd(),
    "fds": sorted(os.listdir("/proc/self/fd"))[:3],
    "links": [os.readlink(f"/proc/self/fd/{i}").split(":")[0] for i in range(3)],
    "ids": [os.getresuid(), os.getresgid(), os.getgroups()],
    "umask": os.umask(0), "leader": os.getsid(0) == os.getpid(),
    "signals": [str(signal.getsignal(s)) for s in signal.valid_signals()],
    "processes": len([p for p in os.listdir("/proc") if p.isdigit()]),
    "disk": st.f_blocks * st.f_frsize, "inodes": st.f_files,
    "left": [os.listdir(d) for d in ("/work", "/tmp", "/var/tmp", "/dev/shm",
                                     "/workload")],
    "mounts": len(open("/proc/self/mountinfo").readlines()),
    "threads": os.listdir("/proc/self/task") == [str(os.getpid())],
    "limits": limits(), "stdin": sys.stdin.read(),
    "child": sorted(subprocess.run(["env"], capture_output=True, text=True,
        env=env).stdout.split()),
}))
"""
NODE_PROBE = """
import fs from 'fs';
const { ENCLAVE_SESSION_ID, ...env } = process.env;
console.log(JSON.stringify({
    argv: process.argv, execArgv: process.execArgv, env: Object.entries(env),
    cwd: process.cwd(), globals: Reflect.ownKeys(globalThis).map(String),
    fds: fs.readdirSync('/proc/self/fd').slice(0, 4),
    stdin: fs.readFileSync(0, 'utf8'), umask: process.umask(),
    left: ['/work', '/tmp', '/workload'].map((d) => fs.readdirSync(d)),
    listeners: process.eventNames().map(String),
    processes: fs.readdirSync('/proc').filter((n) => /^[0-9]+$/.test(n)).length,
}));
"""


def probe(server, code, language):
    session = server.run({
        "code": code, "language": language, "stdin": "in",
        "env": {"B": "2", "A": "1"},
        "limits": {"diskMb": 7, "pidsLimit": 40}})
    assert session["result"]["exitCode"] == 0, session["result"]
    return json.loads(session["result"]["stdout"])


def test_a_warm_session_is_like_a_cold_one():
    found = {}
    for pool in (0, 1):
        with Server(pool=pool) as server:
            server.run({"code": "0", "language": "node"})  # node's shelf
            for language, code in (("python", PYTHON_PROBE),
                                   ("node", NODE_PROBE)):
                for round_ in range(2):
                    server.wait_for_pools()
                    found[pool, language, round_] = probe(server, code,
                                                          language)
            pools = server.pools()
            if pool == 0:
                assert pools == {}, pools
            else:
                assert pools[PYTHON]["taken"] == 2, pools
                assert pools[PYTHON]["missed"] == 0, pools
                assert pools[NODE]["taken"] == 2, pools
    for language in ("python", "node"):
        seen = [found[key] for key in found if key[1] == language]
        for key, value in seen[0].items():
            assert all(one[key] == value for one in seen), (
                key, [one[key] for one in seen])


def test_limits_that_are_put_on_when_it_is_taken_hold():
    cases = [
        ({"memoryMb": 40, "diskMb": 1}, "memory_exceeded",
         "x = []\nwhile True: x.append(bytearray(b'x' * (1 << 20)))"),
        ({"pidsLimit": 5}, "pids_exceeded",
         "import os\nwhile True:\n  try:\n    if os.fork() == 0: "
         "os.read(os.pipe()[0], 1)\n  except OSError: pass"),
        ({"cpuSeconds": 1}, "cpu_exceeded", "while True: pass"),
        ({"wallClockSeconds": 1}, "wall_clock_exceeded",
         "import time\ntime.sleep(60)"),
        ({"diskMb": 3}, None,
         "import os\nn = 0\ntry:\n  f = open('/work/f', 'wb')\n"
         "  while True: n += os.write(f.fileno(), bytes(4096))\n"
         "except OSError as e: print(e.errno, n)"),
        ({"diskMb": 200}, None,
         "f = open('/work/f', 'wb')\n"
         "for i in range(100): f.write(bytes(1 << 20))\nprint('fits')"),
        ({"memoryMb": 600}, None, "x = b'x' * (500 << 20)\nprint('fits')"),
        ({"pidsLimit": 200}, None,
         "import threading\ne = threading.Event()\n"
         "t = [threading.Thread(target=e.wait) for _ in range(150)]\n"
         "for one in t: one.start()\ne.set()\nprint('fits')"),
    ]
    said = {4: f"28 {(3 << 20) - 4096}\n",  # a page is the code's
            5: "fits\n", 6: "fits\n", 7: "fits\n"}
    with Server(pool=1) as server:
        for i, (limits, reason, code) in enumerate(cases):
            server.wait_for_pools()
            session = server.run({"code": code, "language": "python",
                                  "limits": limits})
            assert session["killReason"] == reason, (limits, session)
            assert server.pools()[PYTHON]["taken"] == i + 1
            if i in said:
                assert session["result"]["stdout"] == said[i], session
            if reason:
                kill = [e["data"] for e in server.audit(session["id"])[1]
                        if e["type"] == "quota_kill"]
                assert len(kill) == 1, kill


def test_files_find_the_room_of_their_session():
    """Not what a sandbox has that waits: they come when it is theirs."""
    big = "x" * (3 << 20)
    with Server(pool=1) as server:
        for disk, code in ((8, 0), (1, 126)) * 4:
            server.wait_for_pools()
            result = server.run({
                "language": "python", "limits": {"diskMb": disk},
                "files": [{"path": "big", "content": big}],
                "code": "import os; print(os.stat('big').st_size)"})["result"]
            assert result["exitCode"] == code, (disk, result)
            assert result["stdout"] == (f"{3 << 20}\n" if code == 0 else ""), (
                result)
        assert server.pools()[PYTHON]["missed"] == 0


def test_cpu_that_was_used_before_is_not_charged():
    burn = ("import time\nend = time.process_time() + 0.4\n"
            "while time.process_time() < end: pass")
    with Server(pool=1) as server:
        server.run({"code": "0", "language": "node"})
        server.wait_for_pools()
        # node takes more to start than to run an empty program
        warm = server.run({"code": "0", "language": "node"})
        fresh = server.run({"code": "0", "language": "node",
                            "env": {"TZ": "UTC"}})
        assert warm["usage"]["cpuMs"] < fresh["usage"]["cpuMs"], (
            warm["usage"], fresh["usage"])
        server.wait_for_pools()
        used = server.run({"code": burn, "language": "python"})["usage"]
        assert 400 <= used["cpuMs"] < 1000, used


# Who leaves what, and the next one doesn't find it.
MARK = """
import builtins, os, random, socket, sys, threading
sys.modules["json"] = None; builtins.left = 1; os.environ["LEFT"] = "1"
sys.path.insert(0, "/tmp"); os.chdir("/tmp"); os.umask(0o77)
open("/tmp/json.py", "w").write("raise SystemExit(9)")
s = socket.socket(); s.bind(("127.0.0.1", 4321)); s.listen()
if os.fork() == 0:
    os.setsid(); os.read(os.pipe()[0], 1)
print(open("/proc/sys/kernel/random/uuid").read().strip(),
      hash("a string"), random.random(), os.stat("/work").st_dev,
      os.readlink("/proc/self/ns/pid"), sep="|")
"""


def test_no_sandbox_is_met_twice():
    with Server(pool=3) as server:
        server.wait_for_pools()
        with ThreadPoolExecutor(6) as pool:
            sessions = list(pool.map(
                lambda i: server.run({"code": MARK, "language": "python"}),
                range(30)))
        seen = [s["result"]["stdout"].strip().split("|") for s in sessions]
        assert all(len(one) == 5 for one in seen), sessions[0]["result"]
        for place, what in ((1, "hash seed"), (2, "random state")):
            values = {one[place] for one in seen}
            assert len(values) == len(seen), (what, len(values))
        clean = server.run({"language": "python", "code":
                            "import os, json, builtins, socket\n"
                            "print(hasattr(builtins, 'left'), "
                            "os.environ.get('LEFT'), os.getcwd(), "
                            "os.listdir('/tmp'), "
                            "socket.socket().connect_ex(('127.0.0.1', 4321)))"})
        assert clean["result"]["stdout"] == "False None /work [] 111\n", clean
        pools = server.pools()[PYTHON]
        assert pools["taken"] + pools["missed"] == 31, pools
        assert pools["taken"] >= 3, pools


# The message to the interpreter, and what it was before.
HOSTILE = """
import gc, os, sys
found = []
for fd in range(3, 64):
    try:
        os.fstat(fd); found.append(fd)
    except OSError: pass
frame = sys._getframe()
while frame.f_back: frame = frame.f_back
names = {n for n in frame.f_globals} | {n for n in frame.f_locals}
secrets = [o for o in gc.get_objects() if isinstance(o, (bytes, str))
           and "ENCLAVE_SESSION_ID" in str(o)]
print(found, "_GO" in names, len(secrets))
try:
    import enclave_start
    enclave_start._wait()
except OSError as error:
    print("no second message", error.errno)
"""


def test_the_go_message_is_out_of_reach():
    with Server(pool=1) as server:
        server.wait_for_pools()
        session = server.run({"code": HOSTILE, "language": "python"})
        assert server.pools()[PYTHON]["taken"] == 1
        assert session["result"]["stdout"] == (
            "[] False 0\nno second message 9\n"), session["result"]


def test_it_is_refilled_and_leaves_nothing():
    with Server(pool=2) as server:
        server.wait_for_pools()
        before = settled(lambda: host_state(server))
        for i in range(6):
            server.wait_for_pools()
            session = server.run({"code": f"print({i})", "language": "python"})
            assert session["result"]["stdout"] == f"{i}\n"
        server.audit(session["id"])
        wait_until(lambda: not differences(before, host_state(server)), 20,
                   "the state as before")
        server.wait_for_pools()
        assert server.pools()[PYTHON] == {"size": 2, "waiting": 2,
                                          "taken": 6, "missed": 0}
        family = [p for p in descendants(server.process.pid)]
        mark = (server.state / "instance").read_text().strip()
        begin = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - begin < 15, "draining waited for the pool"
        # the janitor is the last one, and looks for what is left
        wait_until(lambda: not [p for p in family
                                if Path(f"/proc/{p}").exists()], 10, "no process")
        assert not instance_dirs(mark)


def waiting_pids(server, name):
    return [pid for pid, comm in descendants(server.process.pid).items()
            if comm.startswith(name)]


def test_one_that_dies_while_it_waits_is_replaced():
    for name in ("enclave-gate", "enclave-init", "python3"):
        with Server(pool=1) as server:
            server.wait_for_pools()
            victim = waiting_pids(server, name)[0]
            os.kill(victim, signal.SIGKILL)
            wait_until(lambda: waiting_pids(server, name) not in
                       ([], [victim]), 20, f"another {name}")
            server.wait_for_pools()
            session = server.run({"code": "print(1)", "language": "python"})
            assert session["result"]["stdout"] == "1\n", session


def test_a_shelf_that_fails_three_times_closes_for_a_while():
    with Server(pool=1) as server:
        killed = []
        for _ in range(3):
            killed += wait_until(
                lambda: [pid for pid in waiting_pids(server, "python3")
                         if pid not in killed], 20, "another one")[:1]
            os.kill(killed[-1], signal.SIGKILL)
        wait_until(lambda: server.pools()[PYTHON]["size"] == 0, 20, "no size")
        assert b"number 3 in a row" in server.log.read_bytes()
        session = server.run({"code": "print(1)", "language": "python"})
        assert session["result"]["stdout"] == "1\n", session
        wait_until(lambda: server.pools()[PYTHON]["waiting"] == 1, 20,
                   "a shelf that opens by itself")


def test_a_killed_api_takes_what_waits_with_it():
    with Server(pool=2) as server:
        server.wait_for_pools()
        former = waiting_pids(server, "enclave-init")
        os.kill(waiting_pids(server, "enclave-api")[0], signal.SIGKILL)
        wait_until(lambda: not [p for p in former
                                if Path(f"/proc/{p}").exists()], 20,
                   "the end of what waited")
        wait_until(lambda: waiting_pids(server, "enclave-api"), 20, "the API")

        def full():
            try:
                return server.pools()[PYTHON]["waiting"] == 2
            except (OSError, KeyError):
                return False
        wait_until(full, 20, "a full pool")
        session = server.run({"code": "print(1)", "language": "python"})
        assert session["result"]["stdout"] == "1\n", session
