"""Every failpoint of the table killed once; kills at random under load."""

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from enclave_test import (Server, descendants, need_gvisor, stat_of,
                          wait_until)
from facts import (LONG, PYTHON, QUICK, Facts, answers, failpoints, groups_of,
                   instance_of, nothing_left)

DENIED = {**PYTHON, "code":
          "import socket\n"
          "try: socket.create_connection(('192.0.2.9', 81), 1).recv(1)\n"
          "except OSError: pass"}
KILLED = {**PYTHON, "code": "while True: pass",
          "limits": {"wallClockSeconds": 1}}

# An attempt, a process that is left behind, a result.
ALL = {**PYTHON, "code": DENIED["code"] + """
import os, time
if os.fork() == 0:
    time.sleep(60)
enclave.result(42)
"""}

# Points of enclaved's that are passed while a sandbox is made.
MAKING = {"group-before", "group-after", "network-after", "child-before",
          "child-after", "gate-before", "gate-after", "inert-before",
          "inert-after"}

# What a gate says last of all may go out with these.
MAY_BE_LAST = {"gate-egress-after", "gate-result-after", "gate-exit-after"}

# enclaved ends a gate whose TALLY it has, maybe before the gate says that it
# met its point.
MAY_BE_SILENT = {"gate-tally-after"}

# Points that only what a former life left leads to.
NEEDS_A_PAST = {"sweep-before", "sweep-after", "recovery-before",
                "recovery-after"}


def fired(server, name):
    return f"failpoint {name}: killed" in server.log.read_text()


def start_armed(server, name):
    """Starts it with a failpoint; it may die before it is ready."""
    server.env = {"ENCLAVE_FAILPOINT": name}
    try:
        server.start(seconds=60)
    except RuntimeError:
        assert fired(server, name.split(":")[0]), name
    finally:
        server.env = {}


def leave_a_past(state, facts):
    """Sessions that run when enclaved is killed."""
    server = Server(state=state, pool=0).start()
    for _ in range(2):
        assert facts.post(server, LONG).status == 201
    wait_until(lambda: all(s["phase"] == "running" for s in server.request(
        "GET", "/v1/sessions").json["sessions"]), 20, "running sessions")
    server.stop(signal.SIGKILL)


def drive(server, facts, name):
    """One session after another, of every kind, until the point is met."""
    kinds = [(QUICK, None), (DENIED, "30s"), (KILLED, "30s"), (QUICK, "30s")]
    if name.startswith("kill"):
        kinds.reverse()
    for request, wait in kinds * 2:
        if fired(server, name) or server.process.poll() is not None:
            break
        facts.post(server, request, wait)
    wait_until(lambda: fired(server, name), 20, f"failpoint {name}")


def kill_at(name, program, pool=0, backend="native"):
    """Death of enclaved or enclave-api, and the life after it."""
    state = tempfile.mkdtemp(prefix="enclave-test-")
    facts = Facts()
    server = Server(state=state, pool=pool, backend=backend)
    try:
        if name in NEEDS_A_PAST:
            leave_a_past(state, facts)
        start_armed(server, name)
        family = descendants(server.process.pid)
        if pool and name in MAKING:  # nobody has asked for anything
            wait_until(lambda: fired(server, name), 20, f"failpoint {name}")
        elif pool:
            server.wait_for_pools()
        drive(server, facts, name)
        if program == "enclaved":
            server.process.wait(10)
            assert server.process.returncode == -signal.SIGKILL
            server.process = None
            nothing_left(server, family)
            with Server(state=state, pool=pool, backend=backend) as after:
                facts.post(after, QUICK, "30s")  # it serves as before
                facts.check(after)
                family = descendants(after.process.pid)
        else:
            # Its parent makes a new one, which finds what the old one left.
            wait_until(lambda: answers(server), 20, "an answer")
            facts.post(server, QUICK, "30s")
            facts.check(server)
            family = descendants(server.process.pid)
            assert server.stop() == 0
        nothing_left(server, family)
        assert facts.told, name
    finally:
        server.stop(signal.SIGKILL)
        shutil.rmtree(state, ignore_errors=True)


def only_in_use(server):
    """Neither gate nor sandbox is there but one that waits, if any does."""
    waiting = sum(pool["waiting"] for pool in server.pools().values())
    names = list(server.children().values())
    return (names.count("enclave-gate") == waiting and
            len({path.name for path in groups_of(instance_of(server))}) ==
            waiting)


def judge_hit(server, name, session):
    """What the session says whose gate or init died at @name."""
    _, events = server.audit(session["id"])
    kinds = [event["type"] for event in events]
    told = session["result"]["json"] if session["result"] else None
    assert told == (42 if "result_collected" in kinds else None), session
    usage = [e["data"] for e in events if e["type"] == "usage_metered"]
    if name == "gate-tally-after" or (
            name in MAY_BE_LAST and session["outcome"] == "succeeded"):
        # There was nothing left to tell.
        assert session["outcome"] == "succeeded", session
        assert (told, usage[0]["egressDenied"]) == (42, 1), events
    else:
        assert session["outcome"] == "failed", session
        assert session["reason"]["code"] == "backend_error", session
        assert "workload_exited" not in kinds, kinds
    if name in ("gate-result-after", "gate-exit-after", "init-exit-after"):
        assert told == 42, (name, session)
    if name == "gate-egress-after":
        assert "egress_denied" in kinds, kinds


def hit_at(name, pool=0, backend="native"):
    """Death of the first gate or init: one sandbox, and nobody else."""
    facts = Facts()
    server = Server(pool=pool, backend=backend)
    # It dies before there is a session.
    waits = pool and name.split("-")[1] in ("check", "ready")
    try:
        start_armed(server, name)
        if waits:
            wait_until(lambda: "a sandbox was discarded" in
                       server.log.read_text(), 20, name)
        if pool:
            server.wait_for_pools()
        before = core_of(server)
        for turn in range(2):
            reply = facts.post(server, ALL, "30s")
            assert reply is not None and reply.status == 201, name
            if turn == 0 and not waits:
                judge_hit(server, name, reply.json)
            else:
                assert reply.json["outcome"] == "succeeded", reply.json
        facts.check(server)
        assert (fired(server, name) or name in MAY_BE_SILENT or
                name.startswith("init-")), f"{name} wasn't met"
        wait_until(lambda: only_in_use(server), 10, "nothing else")
        assert core_of(server) == before
        family = descendants(server.process.pid)
        assert server.stop() == 0
        nothing_left(server, family)
    finally:
        server.stop(signal.SIGKILL)
        shutil.rmtree(server.state, ignore_errors=True)


def core_of(server):
    """The pids of enclaved, its janitor and enclave-api."""
    return sorted(pid for pid, name in server.children().items() if name in (
        "enclaved", "enclave-janitor", "enclave-api"))


def kill_each(table, pool=0, backend="native"):
    """Four at a time, since most of it is waiting."""
    def one(row):
        name, program, _ = row
        try:
            if program in ("enclave-gate", "enclave-init"):
                hit_at(name, pool, backend)
            else:
                kill_at(name, program, pool, backend)
            return None
        except Exception as error:  # each is to be tried
            return f"{name}: {type(error).__name__}: {error}"
    with ThreadPoolExecutor(4) as workers:
        failed = [text for text in workers.map(one, table) if text]
    assert not failed, "\n".join(failed)


def of_sandboxes(table):
    """The rows that stand on a sandbox's way, from its making to its end."""
    first = [name for name, _, _ in table].index("group-before")
    return [row for row in table[first:] if row[1] != "enclave-api"]


def test_each_failpoint_once():
    table = failpoints()
    assert len({name for name, _, _ in table}) == len(table) > 60
    kill_each(table)


def test_each_failpoint_of_a_sandbox_that_waits():
    """It dies while the pool is filled, or when what waited is used."""
    kill_each(of_sandboxes(failpoints()), pool=1)


def test_each_failpoint_of_a_gvisor_sandbox():
    need_gvisor()
    kill_each(of_sandboxes(failpoints()), backend="gvisor")


def test_no_sum_from_a_gate_that_died_counting():
    """The limit's word stands; a sum that nobody told isn't made up."""
    server = Server(pool=0, backend="native")
    try:
        start_armed(server, "gate-tally-before")
        for sums in (0, 1):
            one = server.run({**KILLED, "code": DENIED["code"] +
                              "\nwhile True: pass"})
            assert one["killReason"] == "wall_clock_exceeded", one
            _, events = server.audit(one["id"])
            assert [event["data"]["count"] for event in events
                    if event["type"] == "egress_denied"] == [1], events
            usage = [event["data"] for event in events
                     if event["type"] == "usage_metered"][0]
            assert usage["egressAttempts"] == 1, usage
            assert usage.get("egressDenied") == (1 if sums else None), usage
    finally:
        server.stop()
        shutil.rmtree(server.state, ignore_errors=True)


def told_of(server, name):
    """[(arguments, environment)] of all that are called @name."""
    return [[Path(f"/proc/{pid}", file).read_bytes().split(b"\0")[1:-1]
             for file in ("cmdline", "environ")]
            for pid, comm in server.children().items() if comm == name]


def test_only_the_first_is_armed():
    """And by its arguments alone; nobody else's show anything."""
    for name in ("gate-tally-after", "init-exit-after"):
        program, other = [f"enclave-{one}" for one in (
            ("gate", "init") if name.startswith("gate") else
            ("init", "gate"))]
        plain = {"enclave-gate": [[[], []]],
                 "enclave-init": [[[b"python"], []]]}
        server = Server(pool=1, backend="native")
        try:
            start_armed(server, name)
            server.wait_for_pools()
            armed = [[*plain[program][0][0], b"--failpoint", name.encode()],
                     []]
            assert told_of(server, program) == [armed]
            assert told_of(server, other) == plain[other]
            server.run(QUICK)
            server.wait_for_pools()
            wait_until(lambda: only_in_use(server), 10, "one that waits")
            assert told_of(server, program) == plain[program]
            assert told_of(server, other) == plain[other]
        finally:
            server.stop()
            shutil.rmtree(server.state, ignore_errors=True)


def listener(path, seconds):
    """A process that listens there, and dies after a while."""
    process = subprocess.Popen([sys.executable, "-c",
                                "import socket, sys, time\n"
                                "s = socket.socket(socket.AF_UNIX)\n"
                                "s.bind(sys.argv[1]); s.listen()\n"
                                "print(flush=True)\n"
                                "time.sleep(float(sys.argv[2]))",
                                path, str(seconds)], stdout=subprocess.PIPE)
    process.stdout.readline()
    return process


def test_a_socket_of_one_that_is_about_to_die():
    """An enclave-api outlives its killed enclaved by a moment."""
    for seconds in (0.3, 60):
        server = Server(backend="simulator")
        other = listener(server.socket, seconds)
        try:
            if seconds < 1:
                server.start()
                assert answers(server)
            else:
                try:
                    server.start()
                except RuntimeError:
                    assert "another server" in server.log.read_text()
                else:
                    raise AssertionError("it started")
        finally:
            other.kill()
            other.communicate()
            server.stop()
            shutil.rmtree(server.state, ignore_errors=True)


def killed_in_recovery(state, name):
    """Kill enclaved after its first enclave-api died at a failpoint.

    False when it never died: the enclave-api that followed the one before had
    recovered everything before its enclaved was killed.
    """
    server = Server(state=state, pool=0)
    server.log.touch()
    # It is ready when the next enclave-api has recovered: too late.
    with ThreadPoolExecutor(1) as pool:
        starting = pool.submit(start_armed, server, name)
        wait_until(lambda: fired(server, name) or starting.done(), 60, name)
        server.stop(signal.SIGKILL)
        try:
            starting.result()
        except AssertionError:  # it was killed before it was ready
            pass
    return fired(server, name)


def test_killed_again_while_it_recovers():
    """CF-04: each life dies in the recovery of the one before."""
    state = tempfile.mkdtemp(prefix="enclave-test-")
    facts = Facts()
    try:
        leave_a_past(state, facts)
        for name in ("sweep-before", "sweep-after"):
            server = Server(state=state, pool=0)
            start_armed(server, name)
            server.process.wait(10)
            server.process = None
        for name in ("recovery-before", "commit-before", "recovery-after"):
            while not killed_in_recovery(state, name):
                leave_a_past(state, facts)
        with Server(state=state, pool=0) as server:
            facts.check(server)
    finally:
        shutil.rmtree(state, ignore_errors=True)


def test_an_unknown_failpoint_is_refused():
    server = Server()
    server.env = {"ENCLAVE_FAILPOINT": "no-such"}
    try:
        try:
            server.start()
        except RuntimeError:
            assert "--failpoints" in server.log.read_text()
            assert server.process.wait(10) == 64
        else:
            raise AssertionError("it started")
    finally:
        server.stop()
        shutil.rmtree(server.state, ignore_errors=True)


def test_random_kills_under_load():
    """CF-02: whichever process, whenever; ENCLAVE_FULL=1 for a hundred."""
    seed = int(os.environ.get("ENCLAVE_SEED") or random.randrange(1 << 32))
    print(f"note: kills with ENCLAVE_SEED={seed}", flush=True)
    chance = random.Random(seed)
    times = 100 if os.environ.get("ENCLAVE_FULL") == "1" else 20
    state = tempfile.mkdtemp(prefix="enclave-test-")
    facts, stopped = Facts(), threading.Event()
    server = Server(state=state, pool=1).start()
    current = [server]

    def load():
        turn = 0
        while not stopped.is_set():
            turn += 1
            request = (QUICK, DENIED, QUICK, KILLED)[turn % 4]
            if facts.post(current[0], request,
                          "20s" if turn % 2 else None) is None:
                stopped.wait(0.05)  # nobody is there: not too often
    workers = [threading.Thread(target=load) for _ in range(3)]
    try:
        for worker in workers:
            worker.start()
        for _ in range(times):
            told = len(facts.told)
            wait_until(lambda: len(facts.told) > told, 60, "load")
            stopped.wait(chance.random() / 2)  # somewhere in a session's life
            family = descendants(server.process.pid)
            name = chance.choice(["enclaved", "enclave-api", "enclave-api",
                                  "enclave-gate", "enclave-init", "python"])
            victims = sorted(pid for pid, comm in family.items()
                             if comm.startswith(name))
            if name == "enclaved":  # not one of its clones before their exec
                victims = [server.process.pid]
            if victims:
                kill(chance.choice(victims))
            if name == "enclaved":
                server.process.wait(10)
                nothing_left(server, family)
                server = current[0] = Server(state=state, pool=1).start()
            wait_until(lambda: answers(server), 20, "an answer")
    finally:
        stopped.set()
        for worker in workers:
            worker.join()
    try:
        facts.check(server)
        family = descendants(server.process.pid)
        assert server.stop() == 0
        nothing_left(server, family)
    finally:
        server.stop(signal.SIGKILL)
        shutil.rmtree(state, ignore_errors=True)


def kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        assert stat_of(pid) is None
