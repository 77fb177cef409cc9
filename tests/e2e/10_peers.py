"""Peers that hang, lie or are replaced; a host that has run out."""

import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from enclave_test import BIN, Server, descendants, stat_of, wait_until
from facts import (LONG, QUICK, Facts, answers, fill_store, groups_of,
                   instance_of, nothing_left, wait_running)
from store_pages import edited, rows


def pid_of(server, name):
    def found():
        return [pid for pid, comm in descendants(server.process.pid).items()
                if comm.startswith(name)]
    return wait_until(found, 20, name)[0]


def ended(server, one, seconds):
    def look():
        session = server.request("GET", f"/v1/sessions/{one}").json
        return session if session["phase"] == "torn_down" else None
    return wait_until(look, seconds, f"end of {one}")


class State:
    """A state directory that outlives its servers."""

    def __enter__(self):
        self.path = tempfile.mkdtemp(prefix="enclave-test-")
        return self.path

    def __exit__(self, *_):
        shutil.rmtree(self.path, ignore_errors=True)


# ---- hung ----

def test_a_stopped_api_leaves_limits_in_force():
    """CF-03: the launcher's clocks run on; nothing waits for the api."""
    with Server(pool=0) as server:
        facts = Facts()
        assert facts.post(server, {**LONG, "limits": {
            "wallClockSeconds": 2}}).status == 201
        wait_running(server)
        api, init = pid_of(server, "enclave-api"), pid_of(server,
                                                          "enclave-init")
        os.kill(api, signal.SIGSTOP)
        try:
            wait_until(lambda: (stat_of(init) or "ZZ")[1] == "Z" or
                       stat_of(init) is None, 20, "the kill by the launcher")
        finally:
            os.kill(api, signal.SIGCONT)
        facts.check(server)
        one = next(iter(facts.told.values()))["id"]
        session = ended(server, one, 20)
        assert session["killReason"] == "wall_clock_exceeded", session


def test_enclaved_stopped_and_continued():
    with Server(pool=0) as server:
        facts = Facts()
        assert facts.post(server, {**LONG, "limits": {
            "wallClockSeconds": 2}}).status == 201
        wait_running(server)
        os.kill(server.process.pid, signal.SIGSTOP)
        try:
            # The api has it only from enclaved: not lost, not made up.
            assert answers(server)
            time.sleep(3)  # past its limit, and nobody there to see it
        finally:
            os.kill(server.process.pid, signal.SIGCONT)
        facts.check(server)


def test_a_stopped_gate_does_not_hold_its_session():
    with Server(pool=0) as server:
        facts = Facts()
        assert facts.post(server, {**LONG, "limits": {
            "wallClockSeconds": 2}}).status == 201
        wait_running(server)
        gate = pid_of(server, "enclave-gate")
        os.kill(gate, signal.SIGSTOP)
        one = next(iter(facts.told.values()))["id"]
        session = ended(server, one, 60)
        assert session["killReason"] == "wall_clock_exceeded", session
        wait_until(lambda: stat_of(gate) is None, 10, "the gate's end")
        facts.check(server)
        assert server.run(QUICK)["result"]["json"] == 42


def test_a_stopped_sandbox_ends_by_its_clock():
    with Server(pool=0) as server:
        facts = Facts()
        assert facts.post(server, {**LONG, "limits": {
            "wallClockSeconds": 2}}).status == 201
        wait_running(server)
        os.kill(pid_of(server, "enclave-init"), signal.SIGSTOP)
        one = next(iter(facts.told.values()))["id"]
        session = ended(server, one, 60)
        assert session["killReason"] == "wall_clock_exceeded", session
        facts.check(server)


def test_init_killed_from_outside_is_no_success():
    with Server(pool=0) as server:
        facts = Facts()
        assert facts.post(server, LONG).status == 201
        wait_running(server)
        os.kill(pid_of(server, "enclave-init"), signal.SIGKILL)
        one = next(iter(facts.told.values()))["id"]
        session = ended(server, one, 30)
        assert session["outcome"] in ("failed", "killed"), session
        facts.check(server)


# ---- replaced ----

LIAR = Path(__file__).resolve().parent.parent / "lib/liar.c"


def liar(lie, target):
    """A program that tells @lie, in the place of @target."""
    target.unlink(missing_ok=True)
    subprocess.run(["cc", "-static", "-O1", f"-DLIE={lie}", "-o", target,
                    LIAR], check=True)


def fails_cleanly(server, request=QUICK, seconds=60):
    """A session fails with backend_error, and leaves nothing."""
    session = server.run(request, wait=f"{seconds}s")
    assert session["outcome"] == "failed", session
    assert session["reason"]["code"] == "backend_error", session
    instance = instance_of(server)
    wait_until(lambda: not groups_of(instance), 10, "no cgroup")
    wait_until(lambda: not [
        name for name in server.children().values()
        if name not in ("enclaved", "enclave-janitor", "enclave-api",
                        "enclave-vault")],
        10, "no process")
    assert answers(server)


def test_a_gate_that_lies():
    failed = each(["EXIT_0", "GARBAGE", "DIE"], lying_gate)
    assert not failed, failed


def lying_gate(lie):
    server = Server(pool=0)
    server.bins = Path(tempfile.mkdtemp(prefix="enclave-bin-"))
    server.bins.chmod(0o755)
    for program in BIN.iterdir():
        shutil.copy2(program, server.bins / program.name)
    liar(lie, server.bins / "enclave-gate")
    with server:
        fails_cleanly(server)


def lying_runsc(lie):
    folder = Path(tempfile.mkdtemp(prefix="enclave-bin-"))
    liar(lie, folder / "runsc")
    try:
        with Server(backend="gvisor", pool=0,
                    extra=["--runsc", str(folder / "runsc")]) as server:
            fails_cleanly(server)
    finally:
        shutil.rmtree(folder)


def each(lies, test):
    """Side by side, since most of it is waiting; what went wrong."""
    def one(lie):
        try:
            test(lie)
            return None
        except Exception as error:  # each is to be tried
            return lie, repr(error)
    with ThreadPoolExecutor(3) as pool:
        return [found for found in pool.map(one, lies) if found]


def test_a_runsc_that_lies():
    """CF-16: its version is good, what it does isn't."""
    failed = each(["EXIT_0", "EXIT_1", "HANG", "GARBAGE", "DIE"], lying_runsc)
    assert not failed, failed


# ---- the store ----

def refused(state, *words):
    """A server on @state doesn't come up, and says why."""
    server = Server(state=state, pool=0)
    try:
        server.start(seconds=60)
    except (RuntimeError, TimeoutError):
        code = server.process.wait(20)
    else:
        code = server.process.wait(30)
    text = server.log.read_text()
    assert code > 0, code
    for word in words:
        assert word in text, (word, text[-2000:])


def filled(state):
    """A store with ended sessions, all of it in the file."""
    return fill_store(state), Path(state, "api/enclave.db")


def test_a_damaged_store_is_refused_and_kept():
    """CF-08: nothing is made anew over what was."""
    with State() as state:
        facts, path = filled(state)
        good = path.read_bytes()
        damaged = bytearray(good)
        damaged[:64] = bytes(64)
        path.write_bytes(damaged)
        refused(state, "enclave.db")
        assert path.read_bytes() == damaged, "it was written"
        path.write_bytes(good)
        with Server(state=state, pool=0) as server:
            facts.check(server)


def test_a_store_of_another_version_is_refused():
    with State() as state:
        _, path = filled(state)
        for version in (999, 1):
            with edited(path) as db:
                db.execute(f"PRAGMA user_version = {version}")
            good = path.read_bytes()
            refused(state, "enclave.db", f"it is of schema {version}")
            assert path.read_bytes() == good


def test_a_missing_store_beside_its_log_is_refused():
    with State() as state:
        server = Server(state=state, pool=0).start()
        Facts().post(server, QUICK, "30s")
        server.crash()
        path = Path(state, "api/enclave.db")
        assert Path(f"{path}-wal").stat().st_size > 0
        path.unlink()
        refused(state, "is missing but its log")
        assert not path.exists()


def test_a_store_that_another_process_locks():
    """Bounded answers while it lasts, and it goes on afterwards."""
    with State() as state:
        facts = Facts()
        with Server(state=state, pool=0) as server:
            facts.post(server, QUICK, "30s")
            facts.check(server)
            db = sqlite3.connect(server.state / "api/enclave.db",
                                 isolation_level=None)
            db.execute("BEGIN IMMEDIATE")
            end = time.monotonic() + (
                60 if os.environ.get("ENCLAVE_FULL") == "1" else 3)
            try:
                while time.monotonic() < end:
                    begin = time.monotonic()
                    reply = facts.post(server, QUICK, timeout=60)
                    assert reply is not None and reply.status == 503, (
                        reply and (reply.status, reply.body))
                    assert time.monotonic() - begin < 10
                    assert answers(server)
            finally:
                db.execute("ROLLBACK")
                db.close()
            facts.check(server)
        with Server(state=state, pool=0) as server:
            facts.check(server)


# ---- leftovers of a former life ----

def planted(name):
    """A process in a cgroup called @name, in each hierarchy."""
    process = subprocess.Popen(["sleep", "600"])
    groups = []
    for root in [Path("/sys/fs/cgroup"), *Path("/sys/fs/cgroup").iterdir()]:
        if not (root / "enclave").is_dir():
            continue
        group = root / "enclave" / name
        group.mkdir(parents=True)
        (group / "cgroup.procs").write_text(str(process.pid))
        groups.append(group)
    return process, groups


def remove(groups):
    for group in groups:
        for path in (group, group.parent):
            try:
                path.rmdir()
            except OSError:
                pass  # it went with a server


def test_leftovers_are_found_by_their_label():
    """CF-14: its own are removed and recorded, others are left alone."""
    with State() as state:
        with Server(state=state, pool=0) as server:
            wait_until(lambda: answers(server), 20, "an answer")
            instance = instance_of(server)
        own, own_groups = planted(f"{instance}/77")
        other, other_groups = planted("feedfacefeedface/78")
        try:
            with Server(state=state, pool=0) as server:
                assert own.wait(10) == -signal.SIGKILL
                assert other.poll() is None
                assert all(group.is_dir() for group in other_groups)
                assert not groups_of(instance)
                wait_until(lambda: answers(server), 20, "an answer")
            lines = [row[0] for row in rows(
                Path(state, "api/enclave.db"),
                "SELECT line FROM admin ORDER BY seq")]
            assert sum("orphan_reaped" in line for line in lines) == 1, lines
        finally:
            for process, groups in ((own, own_groups), (other, other_groups)):
                process.kill()
                process.wait()
                remove(groups)


def test_a_state_that_was_moved_to_another_boot():
    """CF-12: what ran is ended once as orphaned; nobody is adopted by pid."""
    with State() as state:
        facts = Facts()
        server = Server(state=state, pool=0).start()
        for _ in range(2):
            assert facts.post(server, LONG).status == 201
        wait_running(server, 2)
        server.crash()
        Path(state, "instance").unlink()  # another life altogether
        with Server(state=state, pool=0) as server:
            facts.check(server)
            for session in facts.told.values():
                found = ended(server, session["id"], 10)
                assert found["reason"]["code"] == "orphaned", found


# ---- signals, and running out ----

def test_term_while_sandboxes_are_made():
    """CF-23: what was told stays true, and nothing is left."""
    with State() as state:
        facts = Facts()
        for pause in (0, 0.05, 0.1, 0.2):
            server = Server(state=state, pool=1).start()
            workers = [threading.Thread(target=facts.post, args=(
                server, QUICK, wait)) for wait in (None, "20s", None, "20s")]
            for worker in workers:
                worker.start()
            time.sleep(pause)  # somewhere in making them
            family = descendants(server.process.pid)
            assert server.stop() == 0
            for worker in workers:
                worker.join()
            nothing_left(server, family)
        with Server(state=state, pool=0) as server:
            facts.check(server)


def test_a_second_term_ends_it_at_once():
    with State() as state:
        facts = Facts()
        server = Server(state=state, pool=0).start()
        assert facts.post(server, LONG).status == 201
        wait_running(server)
        family = descendants(server.process.pid)
        server.process.send_signal(signal.SIGTERM)
        wait_until(lambda: "draining" in server.log.read_text(), 10, "drain")
        begin = time.monotonic()
        server.stop(signal.SIGTERM)
        assert time.monotonic() - begin < 15  # LONG alone takes 60
        nothing_left(server, family)
        with Server(state=state, pool=0) as server:
            facts.check(server)


def test_a_log_that_nobody_reads():
    """CF-22: closed, or full for ever."""
    for closed in (True, False):
        with State() as state:
            ends = os.pipe()
            os.set_blocking(ends[1], False)
            server = Server(state=state, pool=0)
            server.log_fd = ends[1]
            facts = Facts()
            try:
                if closed:
                    os.close(ends[0])
                else:
                    try:
                        while True:
                            os.write(ends[1], b"x" * 65536)
                    except BlockingIOError:
                        pass
                    os.set_blocking(ends[1], True)
                server.start()
                for _ in range(3):
                    facts.post(server, QUICK, "30s")
                assert len(facts.told) == 3
                facts.check(server)
            finally:
                server.stop(seconds=60)
                os.close(ends[1])
                if not closed:
                    os.close(ends[0])


def test_descriptors_run_out():
    """CF-22: what can't be made is refused; it recovers without a restart."""
    with Server(pool=0) as server:
        facts = Facts()
        facts.post(server, QUICK, "30s")
        pid = server.process.pid
        used = len(os.listdir(f"/proc/{pid}/fd"))
        before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (used + 4, before[1]))
        try:
            session = server.run(QUICK)
            assert session["outcome"] == "failed", session
            assert session["reason"]["code"] == "backend_error", session
        finally:
            resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
        assert server.run(QUICK)["result"]["json"] == 42


# ---- what doesn't go away ----

def test_a_group_that_cannot_be_removed_is_quarantined():
    """CF-21: the session ends in bounded time, its ids are not used again."""
    with Server(pool=0) as server:
        one = server.request("POST", "/v1/sessions", {**LONG, "limits": {
            "wallClockSeconds": 2}}).json["id"]
        wait_running(server)
        held = [path / "held" for path in groups_of(instance_of(server))][:1]
        assert held, "no group of a session"
        held[0].mkdir()
        try:
            assert ended(server, one, 40)["outcome"] == "killed"
            log = server.log.read_text()
            assert "are not used again" in log, log[-2000:]
            session = server.run(QUICK)
            assert session["result"]["json"] == 42, session
        finally:
            held[0].rmdir()
            held[0].parent.rmdir()
