"""Every failpoint of the table killed once; kills at random under load."""

import os
import random
import shutil
import signal
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor

from enclave_test import Server, descendants, stat_of, wait_until
from facts import Facts, answers, failpoints, nothing_left

PYTHON = {"language": "python"}
QUICK = {**PYTHON, "code": "enclave.result(6 * 7)"}
LONG = {**PYTHON, "code": "import time\ntime.sleep(60)"}
DENIED = {**PYTHON, "code":
          "import socket\n"
          "try: socket.create_connection(('192.0.2.9', 81), 1).recv(1)\n"
          "except OSError: pass"}
KILLED = {**PYTHON, "code": "while True: pass",
          "limits": {"wallClockSeconds": 1}}

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
    for request, wait in [(QUICK, None), (DENIED, "30s"), (KILLED, "30s"),
                          (QUICK, "30s")] * 2:
        if fired(server, name) or server.process.poll() is not None:
            break
        facts.post(server, request, wait)
    wait_until(lambda: fired(server, name), 20, f"failpoint {name}")


def kill_at(name, program, times=""):
    state = tempfile.mkdtemp(prefix="enclave-test-")
    facts = Facts()
    server = Server(state=state, pool=0)
    try:
        if name in NEEDS_A_PAST:
            leave_a_past(state, facts)
        start_armed(server, name + times)
        family = descendants(server.process.pid)
        drive(server, facts, name)
        if program == "enclaved":
            server.process.wait(10)
            assert server.process.returncode == -signal.SIGKILL
            server.process = None
            nothing_left(server, family)
            with Server(state=state, pool=0) as after:
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


def test_each_failpoint_once():
    table = failpoints()
    assert len({name for name, _, _ in table}) == len(table) > 30

    def one(row):
        try:
            kill_at(row[0], row[1])
            return None
        except Exception as error:  # each is to be tried
            return f"{row[0]}: {type(error).__name__}: {error}"
    with ThreadPoolExecutor(4) as pool:
        failed = [text for text in pool.map(one, table) if text]
    assert not failed, "\n".join(failed)


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
            server = Server(state=state, pool=0)
            start_armed(server, name)
            wait_until(lambda: fired(server, name), 10, name)
            server.stop(signal.SIGKILL)
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
