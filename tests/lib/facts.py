"""What callers were told by a server, and whether it stays true.

And the sessions that several stories ask for.

Standard library only.
"""

import http.client
import itertools
import signal
import threading
from pathlib import Path

from enclave_test import BIN, Server, stat_of, verify, wait_until
from leftovers import instance_dirs

PYTHON = {"language": "python"}
QUICK = {**PYTHON, "code": "enclave.result(6 * 7)"}
LONG = {**PYTHON, "code": "import time\ntime.sleep(60)"}
LOST = (OSError, http.client.HTTPException, ValueError)
NUMBERS = itertools.count()


def answers(server):
    try:
        return server.request("GET", "/v1/healthz", timeout=2).status == 200
    except LOST:
        return False


class Facts:
    """Requests that were sent, each under a key of its own, and the answers."""

    def __init__(self):
        self.lock = threading.Lock()
        self.sent = {}  # key -> (path, body), whatever became of it
        self.told = {}  # key -> the session that a 201 showed

    def post(self, server, body, wait=None, timeout=30):
        """Sends it once; returns the reply, None if there was none."""
        key = f"key-{next(NUMBERS)}"
        path = "/v1/sessions" + (f"?wait={wait}" if wait else "")
        with self.lock:
            self.sent[key] = (path, body)
        return self.again(server, key, timeout)

    def again(self, server, key, timeout=30):
        path, body = self.sent[key]
        try:
            reply = server.request("POST", path, body,
                                   {"Idempotency-Key": key}, timeout)
            if reply.status in (200, 201):
                with self.lock:
                    self.told.setdefault(key, reply.json)
            return reply
        except LOST:
            return None

    def check(self, server, seconds=60):
        """Everything that was told is so; each key has exactly one session."""
        told = dict(self.told)
        ids = {}
        for key in list(self.sent):
            reply = self.again(server, key)
            assert reply is not None and reply.status in (200, 201), (
                key, reply and (reply.status, reply.body))
            ids[key] = reply.json["id"]
        assert len(set(ids.values())) == len(ids), ids
        for key, session in told.items():
            assert ids[key] == session["id"], (key, session["id"], ids[key])
        for key, one in ids.items():
            self.check_end(server, one, told.get(key), seconds)
        known, after = set(), ""
        while after is not None:
            page = server.request(
                "GET", f"/v1/sessions?limit=100{after}").json
            known |= {s["id"] for s in page["sessions"]}
            cursor = page.get("nextCursor")
            after = f"&cursor={cursor}" if cursor else None
        assert known == set(ids.values()), known ^ set(ids.values())

    @staticmethod
    def check_end(server, one, told, seconds):
        last = []

        def ended():
            reply = server.request("GET", f"/v1/sessions/{one}")
            assert reply.status == 200, (one, reply.status, reply.body)
            last[:] = [reply.json]
            return reply.json["phase"] == "torn_down"
        wait_until(ended, seconds, f"end of {one}")
        if told is not None and told.get("outcome") not in (None, "pending"):
            for name in ("outcome", "result", "reason"):
                assert told.get(name) == last[0].get(name), (
                    name, told, last[0])
        bundle, events = server.audit(one)
        code, text = verify(bundle)
        assert code == 0, (one, text)
        kinds = [event["type"] for event in events]
        for kind in ("session_created", "session_torn_down",
                     "session_sealed"):
            assert kinds.count(kind) == 1, (one, kinds)
        for kind in ("sandbox_started", "workload_exited",
                     "result_collected"):
            assert kinds.count(kind) <= 1, (one, kinds)


def wait_running(server, count=1):
    """Until so many sessions run."""
    wait_until(lambda: [s["phase"] for s in server.request(
        "GET", "/v1/sessions").json["sessions"]].count("running") >= count,
        20, "running sessions")


def draining(server, seconds):
    """Make a server drain while a session runs so long; that session."""
    session = server.request("POST", "/v1/sessions", {
        "language": "python",
        "code": f"import time\ntime.sleep({seconds})"}).json
    wait_running(server)
    server.process.send_signal(signal.SIGTERM)
    wait_until(lambda: "draining: " in server.log.read_text(), 10, "drain")
    return session


def fill_store(state, request=QUICK, count=3):
    """Facts of a store with ended sessions, whose server has ended."""
    facts = Facts()
    with Server(state=state, pool=0) as server:
        for _ in range(count):
            facts.post(server, request, "30s")
        facts.check(server)
    return facts


def groups_of(instance):
    """Cgroups below an instance's own."""
    found = []
    for own in instance_dirs(instance):
        try:
            found += [path for path in own.iterdir() if path.is_dir()]
        except OSError:
            pass
    return found


def instance_of(server):
    path = Path(server.state, "instance")
    return path.read_text().strip() if path.exists() else None


def nothing_left(server, family, seconds=10):
    """No process of @family lives, no cgroup of its instance is there."""
    instance = instance_of(server)

    def gone():
        living = [pid for pid in family if (stat_of(pid) or "ZZ")[1] != "Z"]
        return not living and not (instance and groups_of(instance))
    try:
        wait_until(gone, seconds, "nothing left")
    except TimeoutError:
        raise AssertionError(
            ([(p, stat_of(p)) for p in family if stat_of(p)],
             instance and groups_of(instance))) from None


def failpoints():
    """[(name, program, meaning)], the table in the programs themselves."""
    import subprocess
    text = subprocess.run([str(BIN / "enclaved"), "--failpoints"],
                          capture_output=True, text=True, check=True).stdout
    return [tuple(line.split("\t")) for line in text.splitlines()]
