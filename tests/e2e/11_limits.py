"""A control plane that is itself held to limits: processes, memory, disk."""

import errno
import os
import re
import resource
import signal
import subprocess
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path

from enclave_test import (BIN, Server, has_gvisor, stat_of, verify,
                          wait_until)
from facts import PYTHON, QUICK, Facts, answers, wait_running
from pace import paced

SLOW = {**PYTHON, "code": "import time\ntime.sleep(1)"}
LARGE = {**QUICK, "files": [{"path": "f", "content": "x" * (2 << 20)}]}
ROOT = Path("/sys/fs/cgroup")
V2 = (ROOT / "cgroup.controllers").exists()
LIMITS = {"pids": "pids.max",
          "memory": "memory.max" if V2 else "memory.limit_in_bytes"}


@contextmanager
def group(controller):
    """A cgroup of its own beside ours, and the file of its limit."""
    top = ROOT if V2 else ROOT / controller
    if V2:
        (top / "cgroup.subtree_control").write_text(f"+{controller}")
    path = Path(tempfile.mkdtemp(prefix="enclave-test-", dir=top))
    try:
        yield path, path / LIMITS[controller]
    finally:
        wait_until(lambda: emptied(path, top), 20, "the group is gone")


def emptied(path, top):
    """Moves who is in it; who is born or dies meanwhile takes another try."""
    try:
        for pid in (path / "cgroup.procs").read_text().split():
            (top / "cgroup.procs").write_text(pid)
        path.rmdir()
    except OSError as e:
        if e.errno not in (errno.ESRCH, errno.EBUSY):
            raise
        return False
    return True


def plane(server):
    """{name: pid} of what has to outlive a shortage."""
    return {name: pid for pid, name in server.children().items()
            if name in ("enclaved", "enclave-api", "enclave-janitor")
            and (name != "enclaved" or pid == server.process.pid)}


def served(server, facts, seconds=30):
    """It does what it did before."""
    def once():
        reply = facts.post(server, QUICK, "30s")
        return (reply is not None and reply.status == 201 and
                reply.json["outcome"] == "succeeded" and
                reply.json["result"]["json"] == 42)
    wait_until(once, seconds, "service as before")


def truthful(session):
    """It ended well, or by our fault and says so."""
    if session["outcome"] == "succeeded":
        return session["result"]["json"] == 42
    return (session["outcome"] == "failed" and
            session["reason"]["code"] == "backend_error")


# ---- processes ----

def settled(path):
    """Its number, once those that end have ended."""
    last = []

    def same():
        last.append(int(path.read_text()))
        return len(last) > 20 and len(set(last[-20:])) == 1
    wait_until(same, 20, "the same number for a while")
    return last[-1]


def short_of_processes(backend, pool):
    """Each clone on the way to a session fails in turn, and some more."""
    with group("pids") as (path, limit):
        server = Server(backend=backend, pool=pool, wrapper=[
            "sh", "-c", f"echo $$ > {path}/cgroup.procs; exec \"$@\"", "sh"])
        with server:
            facts, seen, messages = Facts(), set(), set()
            facts.post(server, QUICK, "30s")
            before = plane(server)
            for spare in (0, 1, 2, 3, 0):
                used = settled(path / "pids.current")
                limit.write_text(str(used + spare))
                workers = [threading.Thread(target=lambda: told.append(
                    facts.post(server, QUICK, "30s"))) for _ in range(4)]
                told = []
                for worker in workers:
                    worker.start()
                for worker in workers:
                    worker.join()
                for reply in told:
                    assert reply is not None
                    if reply.status == 201:
                        assert truthful(reply.json), reply.json
                        seen.add(reply.json["outcome"])
                        messages.add(str((reply.json["reason"] or {}).get("message")))
                    else:
                        assert reply.status == 503, (reply.status, reply.body)
                assert answers(server)
                limit.write_text("max")
            assert plane(server) == before, (plane(server), before)
            assert "failed" in seen, seen  # else it was no shortage
            # The child leaves for its own group at once: whether the gate's
            # clone fails too is a matter of a moment.
            assert any("clone of " in one for one in messages), messages
            served(server, facts)
            facts.check(server)


def test_processes_run_out():
    """CF-22: what can't be cloned ends truthfully; no restart is needed."""
    short_of_processes("native", 0)
    short_of_processes("native", 1)
    if has_gvisor():
        short_of_processes("gvisor", 0)


def test_an_api_that_dies_when_there_is_no_process_left():
    """CF-22: enclaved goes on trying, and has one as soon as it may."""
    with group("pids") as (path, limit):
        server = Server(pool=0, wrapper=[
            "sh", "-c", f"echo $$ > {path}/cgroup.procs; exec \"$@\"", "sh"])
        with server:
            facts = Facts()
            facts.post(server, QUICK, "30s")
            api = plane(server)["enclave-api"]
            limit.write_text("1")
            os.kill(api, signal.SIGKILL)
            wait_until(lambda: stat_of(api) is None, 10, "its end")
            wait_until(lambda: "enclave-api can't be started" in
                       server.log.read_text(), 10, "a start that fails")
            assert server.process.poll() is None
            limit.write_text("max")
            served(server, facts)
            facts.check(server)


# ---- memory ----

def press(server, facts, count=16):
    """Large requests, many at a time; how many were refused or lost."""
    refused, wrong = [], []

    def post():
        reply = facts.post(server, LARGE, "30s", timeout=60)
        if reply is None or reply.status in (429, 503):
            refused.append(reply)
        elif reply.status != 201 or not truthful(reply.json):
            wrong.append((reply.status, reply.body[:3000]))
    workers = [threading.Thread(target=post) for _ in range(count)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not wrong, wrong
    return len(refused)


def address_space(pid, most):
    """As its own user, who may do that to it."""
    uid = int(re.search(r"^Uid:\s+(\d+)", Path(
        f"/proc/{pid}/status").read_text(), re.M).group(1))
    subprocess.run(["prlimit", f"--pid={pid}", f"--as={most}:"], check=True,
                   user=uid, group=uid, extra_groups=[])


def test_no_address_space_for_the_api():
    """CF-22: it ends, or refuses; what was told stays true."""
    for spare in (1 << 20, 12 << 20):
        with Server(pool=0) as server:
            facts = Facts()
            facts.post(server, QUICK, "30s")
            api = plane(server)["enclave-api"]
            used = int(Path(f"/proc/{api}/statm").read_text().split()[0])
            most = used * resource.getpagesize() + spare
            address_space(api, most)
            assert press(server, facts) > 0, "it was no shortage"
            wait_until(lambda: answers(server), 20, "an answer")
            if plane(server)["enclave-api"] == api:
                address_space(api, "unlimited")
            served(server, facts)
            facts.check(server)


def test_no_memory_for_the_api():
    """CF-22: killed for memory, it is made anew."""
    with group("memory") as (path, limit), Server(pool=0) as server:
        facts = Facts()
        facts.post(server, QUICK, "30s")
        api = plane(server)["enclave-api"]
        limit.write_text(str(16 << 20))
        (path / "cgroup.procs").write_text(str(api))
        assert press(server, facts) > 0, "it was no shortage"
        wait_until(lambda: answers(server), 20, "an answer")
        served(server, facts)
        facts.check(server)


# ---- descriptors that aren't there ----

def test_started_without_input_and_output():
    """CF-22: nothing that it opens is taken for its log."""
    for closed in ("<&- >&- 2>&-", "2>&-", ">&-", "<&-"):
        with Server(pool=0, wrapper=[
                "sh", "-c", f"exec \"$@\" {closed}", "sh"]) as server:
            facts = Facts()
            facts.post(server, QUICK, "30s")
            facts.check(server)
            api = plane(server)["enclave-api"]
            for pid in (server.process.pid, api):
                for fd in (0, 1, 2):
                    # The api's is of a root that it doesn't have any more.
                    there = f"/proc/{pid}/fd/{fd}"
                    null = os.stat(there).st_rdev == os.stat(
                        "/dev/null").st_rdev
                    target = os.readlink(there)
                    assert null or target == str(server.log), (
                        closed, pid, fd, target)
            for file in server.state.rglob("*"):
                if file.is_file() and file != server.log:
                    assert b'"level":' not in file.read_bytes(), (closed, file)


# ---- disk ----

@contextmanager
def small_disk(size="8m"):
    place = Path(tempfile.mkdtemp(prefix="enclave-test-"))
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=0755",
                    "tmpfs", place], check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", place], check=True)
        place.rmdir()


def fill(path):
    """Every byte that there is."""
    with open(path, "wb", buffering=0) as file:
        for size in (1 << 20, 4096):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                pass


def test_a_full_disk():
    """CF-05: refused as storage_full, no restart, and it goes on."""
    with small_disk() as place:
        with Server(state=place, pool=0) as server:
            server.log = Path(tempfile.mkstemp(prefix="enclave-log-")[1])
            facts = Facts()
            for _ in range(2):
                facts.post(server, QUICK, "30s")
            facts.check(server)
            before = plane(server)
            for _ in range(2):
                # It ends, or is ended, when that can't be written down.
                slow = facts.post(server, SLOW).json["id"]
                wait_until(lambda: server.request(
                    "GET", f"/v1/sessions/{slow}").json["phase"] == "running",
                    20, "a running session")
                fill(place / "filler")
                refused = 0
                for _ in range(40):
                    # What room the log of the database has is used up first.
                    reply = facts.post(server, QUICK, "30s")
                    assert reply is not None
                    if reply.status == 503:
                        assert reply.code == "storage_full", reply.body
                        refused += 1
                    else:
                        assert reply.status == 201, reply.body
                    if refused == 3:
                        break
                assert refused == 3, refused
                wait_until(lambda: "enclave-init" not in
                           server.children().values(), 20, "its end")
                assert answers(server)
                (place / "filler").unlink()
                served(server, facts)
                assert plane(server) == before, (before, plane(server))
        server.log.unlink()
        with Server(state=place, pool=0) as server:
            facts.check(server)  # each has exactly one end


def test_readiness_on_a_full_disk():
    """Nothing runs: a refused POST shows in readyz, until there is room."""
    with small_disk() as place:
        server = Server(state=place, pool=0)
        server.log = Path(tempfile.mkstemp(prefix="enclave-log-")[1])
        with server:
            facts = Facts()
            facts.post(server, QUICK, "30s")
            fill(place / "filler")
            refused = wait_until(lambda: (
                lambda reply: reply if reply.status == 503 else None)(
                    facts.post(server, LARGE)), 20, "a refusal")
            assert refused.code == "storage_full", refused.body
            ready = server.request("GET", "/readyz")
            assert ready.status == 503, ready.body
            assert ready.json["reason"] == refused.json["error"]["message"]
            for _ in range(20):  # its log says so once, not for each
                assert facts.post(server, LARGE).status == 503
            log = server.log.read_text()
            assert log.count("storage") + log.count("is full") <= 2, log
            (place / "filler").unlink()
            wait_until(lambda: server.request("GET", "/readyz").status == 200,
                       10, "readiness without a POST")
            served(server, facts)
            facts.check(server)
        server.log.unlink()


def test_a_full_disk_for_a_large_end():
    """While an end doesn't fit nothing begins, and nothing else ends by it."""
    large = {**PYTHON, "limits": {"outputBytes": 8 << 20}, "code":
             "import time\ntime.sleep(2)\nprint('x' * (6 << 20))"}
    slow = {**PYTHON, "code": "import time\ntime.sleep(6)"}
    with small_disk("24m") as place, Server(state=place, pool=0) as server:
        def shown(one):
            return server.request("GET", f"/v1/sessions/{one}").json

        def inits():
            return list(server.children().values()).count("enclave-init")

        facts = Facts()
        ids = [facts.post(server, body).json["id"] for body in (large, slow)]
        for one in ids:
            wait_until(lambda: shown(one)["phase"] == "running", 20,
                       "a running session")
        before = inits()
        fill(place / "filler")
        os.truncate(place / "filler",
                    (place / "filler").stat().st_size - (1 << 20))

        def refused():
            reply = facts.post(server, QUICK)
            return reply.status == 503 and reply.code == "storage_full"
        # Nothing else may use up the room that is left.
        wait_until(lambda: inits() < before, 20, "an end that doesn't fit")
        # Its refusal is known once the store has said so.
        wait_until(refused, 10, "no more sessions")
        for _ in range(5):
            assert refused()
            time.sleep(0.3)
        assert shown(ids[0])["phase"] == "running", shown(ids[0])
        wait_until(lambda: shown(ids[1])["outcome"] == "succeeded", 20,
                   "the end of one that fits")
        assert refused()
        (place / "filler").unlink()
        wait_until(lambda: shown(ids[0])["outcome"] == "succeeded", 20,
                   "the end that didn't fit")
        served(server, facts)
        facts.check(server)


def test_orphans_on_a_full_disk():
    """What a crash left open is closed once there is room, by the same life."""
    with small_disk() as place:
        server = Server(state=place, pool=0)
        server.log = Path(tempfile.mkstemp(prefix="enclave-log-")[1])
        with server:
            facts = Facts()
            facts.post(server, QUICK, "30s")
            body = {**PYTHON, "code": "import time\ntime.sleep(60)"}
            ids = [facts.post(server, body).json["id"] for _ in range(2)]
            wait_running(server, 2)
            fill(place / "filler")
            # What room the log of the database has is used up first.
            refused = [0]

            def thrice():
                refused[0] += facts.post(server, QUICK).status == 503
                return refused[0] == 3
            wait_until(thrice, 20, "refusals")
            for _ in range(2):  # also a second life on the full disk
                api, = [pid for pid, name in server.children().items()
                        if name == "enclave-api"]
                os.kill(api, signal.SIGKILL)
                wait_until(lambda: api not in server.children()
                           and answers(server), 20, "an answer")
            ready = server.request("GET", "/readyz")
            assert ready.status == 503 and "disk" in ready.json["reason"]
            assert facts.post(server, QUICK).code == "storage_full"
            for one in ids:
                shown = server.request("GET", f"/v1/sessions/{one}").json
                assert not shown["audit"]["sealed"], shown
            time.sleep(2)  # some tries in vain
            log = server.log.read_text()
            assert log.count("not closed, trying again") == 2, log
            assert log.count('"orphaned"') == 0, log
            (place / "filler").unlink()
            for one in ids:
                ended = wait_until(lambda: (
                    lambda shown: shown if shown["audit"]["sealed"] else None)(
                        server.request("GET", f"/v1/sessions/{one}").json),
                    20, "its end")
                assert ended["reason"]["code"] == "orphaned", ended
                code, text = verify(server.audit(one)[0])
                assert code == 0, text
            wait_until(lambda: server.request("GET", "/readyz").status == 200,
                       10, "readiness")
            served(server, facts)
            facts.check(server)
        server.log.unlink()


LOUD = {**PYTHON, "limits": {"outputBytes": 32 << 20, "wallClockSeconds": 4},
        "code": """import time
while True:
    print("x" * 65535, flush=True)
    time.sleep(0.05)
"""}


def test_clients_of_a_session_on_a_full_disk():
    """Told within seconds of its limit; then its end is recorded, whole."""
    with small_disk("64m") as place:
        server = Server(state=place, pool=0)
        server.log = Path(tempfile.mkstemp(prefix="enclave-log-")[1])
        with server:
            waited = []
            program = place.parent / f"{place.name}.py"
            program.write_text(LOUD["code"])
            begin = time.monotonic()

            def wait():
                reply = server.request("POST", "/v1/sessions?wait=120s", LOUD)
                waited.append((time.monotonic() - begin, reply))
            waiter = threading.Thread(target=wait)
            waiter.start()
            cli = subprocess.Popen(
                [BIN / "enclave", "run", "--timeout", "4", "--limit",
                 f"outputBytes={32 << 20}", program], text=True,
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                env={**os.environ, "ENCLAVE_BASE_URL": f"unix:{server.socket}"})
            def running():
                shown = server.request("GET", "/v1/sessions?phase=running")
                found = [one["id"] for one in shown.json["sessions"]]
                return found if len(found) == 2 else None
            ids = wait_until(running, 20, "two running sessions")
            marked = len(server.log.read_text())
            fill(place / "filler")
            stderr = cli.communicate(timeout=paced(25))[1]
            waiter.join(paced(25))
            assert cli.returncode == 75 and "disk" in stderr, (
                cli.returncode, stderr)
            (seconds, reply), = waited
            assert seconds < paced(4 + 10), seconds
            assert (reply.status, reply.code) == (503, "storage_full")
            assert "disk" in reply.json["error"]["message"], reply.body
            assert "enclave-init" not in server.children().values()
            for one in ids:
                for asked in ("result", "stream", "audit?format=bundle"):
                    told = server.request("GET", f"/v1/sessions/{one}/{asked}")
                    assert (told.status, told.code) == (
                        503, "storage_full"), (asked, told.body)
            refused = server.request("POST", "/v1/sessions", QUICK)
            ready = server.request("GET", "/readyz")
            assert (refused.status, ready.status) == (503, 503)
            assert ready.json["reason"] == refused.json["error"]["message"]
            lines = [line for line in server.log.read_text()[marked:].split("\n")
                     if "recorded" in line]
            assert len(lines) == 1, lines
            (place / "filler").unlink()
            for one in ids:
                wait_until(lambda: server.request(
                    "GET", f"/v1/sessions/{one}/result").status == 200,
                    20, "its end")
                ended = server.request("GET", f"/v1/sessions/{one}").json
                assert ended["killReason"] == "wall_clock_exceeded", ended
                result = server.request("GET", f"/v1/sessions/{one}/result")
                text = result.json["stdout"]
                # All that came before the kill, in order.
                assert len(text) > 65535 and set(text) == {"x", "\n"}, (
                    len(text), set(text))
                assert text.rfind("\n", 0, -1) % 65536 == 65535, len(text)
                code, text = verify(server.audit(one)[0])
                assert code == 0, text
            served(server, Facts())
        server.log.unlink()
        program.unlink()
