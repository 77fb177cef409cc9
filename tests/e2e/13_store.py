"""A store whose files are damaged, cut or gone: an error, never another answer."""

import contextlib
import os
import random
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile
import time
from pathlib import Path

from enclave_test import BIN, Server, Unix, wait_until
from facts import Facts, answers, fill_store, groups_of, instance_of
from store_pages import PAGE, edited

QUICK = {"language": "python", "code": "print('x' * 9000)\n"
                                       "enclave.result(6 * 7)"}
SHORT = {"language": "python", "code": "import time\ntime.sleep(1)\n"
                                       "enclave.result(6 * 7)"}
DENIED = {"language": "python", "code":
          "import socket, time\ntime.sleep(1)\n"
          "try: socket.create_connection(('192.0.2.9', 81), 1).recv(1)\n"
          "except OSError: pass\n"
          "time.sleep(60)"}
FULL = os.environ.get("ENCLAVE_FULL") == "1"
PLACES = 1000 if FULL else 60
LONG_BYTES = 33 << 20  # a file longer than what is read at an opening


class Api:
    """enclave-api alone, without a host to run anything on: it starts at once."""

    def __init__(self, state):
        self.state = Path(state)
        self.socket = self.state / "api-socket"
        self.log = self.state / "api-log"

    def start(self):
        """Whether it serves; what it said is in the log."""
        self.socket.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX) as listener, \
                open(self.log, "wb") as log:
            listener.bind(str(self.socket))
            listener.listen()

            def place():
                os.dup2(listener.fileno(), 4)
            self.process = subprocess.Popen(
                [BIN / "enclave-api", "--state-dir", self.state / "api",
                 "--backend", "simulator", "--owner-uid", "0", "--pool", "0"],
                preexec_fn=place, pass_fds=(4,), stdin=subprocess.DEVNULL,
                stdout=log, stderr=log)
        wait_until(lambda: self.process.poll() is not None or
                   "serving" in self.text(), 20, "a start or its refusal")
        return self.process.poll() is None

    def text(self):
        return self.log.read_text(errors="replace")

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
        return self.process.wait(20)

    def get(self, path):
        connection = Unix(self.socket, 20)
        try:
            connection.request("GET", path)
            reply = connection.getresponse()
            return reply.status, reply.read()
        finally:
            connection.close()


@contextlib.contextmanager
def place():
    state = tempfile.mkdtemp(prefix="enclave-test-")
    try:
        yield Path(state)
    finally:
        shutil.rmtree(state)


def filled(state, count=3):
    """A closed store with ended sessions and a key; the sessions' ids."""
    facts = fill_store(state, QUICK, count)
    with Server(state=state, pool=0) as server:
        assert server.request("POST", "/v1/api-keys", {
            "scopes": ["sessions:read"]}).status == 201
    return sorted(one["id"] for one in facts.told.values())


def everything(api, ids):
    """{path: (status, body)} of all that can be asked of a store."""
    paths = ["/v1/sessions", "/v1/api-keys", "/v1/sessions?phase=torn_down"]
    for one in ids:
        paths += [f"/v1/sessions/{one}", f"/v1/sessions/{one}/audit",
                  f"/v1/sessions/{one}/audit?format=bundle"]
    return {path: api.get(path) for path in paths}


def flip(path, at, bit):
    with open(path, "r+b") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ 1 << bit]))


def try_flips(state, ids, chance, length, count):
    """(refusals, failed requests) of flips in the file's first bytes."""
    path = state / "api/enclave.db"
    api = Api(state)
    assert api.start(), api.text()
    good = everything(api, ids)
    assert all(status == 200 for status, _ in good.values()), good
    assert api.stop() == 0
    refused = failed = 0
    for turn in range(count):
        # The first one into what every start reads.
        at, bit = chance.randrange(length if turn else PAGE), chance.randrange(8)
        where = f"byte {at}, bit {bit}"
        flip(path, at, bit)
        if api.start():
            found = everything(api, ids)
            wrong = [p for p in good if found[p] != good[p]]
            assert all(found[p][0] in (500, 503) for p in wrong), (
                where, [(p, found[p], good[p]) for p in wrong])
            told = api.text().count(f"page {at // PAGE + 1} of /")
            assert told == (1 if wrong else told), (where, api.text())
            failed += len(wrong)
            assert api.process.poll() is None, (where, api.text())
            assert api.stop() == 0
        else:
            assert api.stop() > 0
            assert "enclave.db" in api.text(), (where, api.text())
            refused += 1
        flip(path, at, bit)
    assert api.start(), api.text()
    assert everything(api, ids) == good
    assert api.stop() == 0
    return refused, failed


def test_flipped_bits():
    """CF-08: of a file that is read at the start, and of one that is not."""
    seed = int(os.environ.get("ENCLAVE_SEED") or random.randrange(1 << 32))
    print(f"note: flips with ENCLAVE_SEED={seed}", flush=True)
    chance = random.Random(seed)
    with place() as state:
        ids = filled(state)
        path = state / "api/enclave.db"
        length = path.stat().st_size
        refused, _ = try_flips(state, ids, chance, length, PLACES // 2)
        assert refused == PLACES // 2, refused
        with edited(path) as db:
            db.execute("CREATE TABLE filler(bytes)")
            db.execute("INSERT INTO filler VALUES(zeroblob(?))", (LONG_BYTES,))
        refused, failed = try_flips(state, ids, chance, length, PLACES // 2)
        assert 0 < refused < PLACES // 2 and failed, (refused, failed)


# ---- the log ----

def refuses(state, *words):
    """A server on @state doesn't come up, and says why."""
    server = Server(state=state, pool=0)
    try:
        server.start(seconds=60)
    except (RuntimeError, TimeoutError):
        pass
    code = server.process.wait(30)
    text = server.log.read_text()
    assert code > 0, code
    for word in words:
        assert word in text, (word, text[-2000:])


def files_of(state):
    return {path.name: path.read_bytes()
            for path in (state / "api").glob("enclave.db*")
            if not path.name.endswith(("-shm", ".lock"))}


def test_a_missing_log_is_refused():
    """CF-08: what was acknowledged last isn't quietly forgotten."""
    with place() as state:
        facts = Facts()
        server = Server(state=state, pool=0).start()
        facts.post(server, QUICK, "30s")
        server.crash()
        log = state / "api/enclave.db-wal"
        assert log.stat().st_size > 0
        kept = log.rename(state / "kept")
        before = files_of(state)
        refuses(state, "lacks its log", "enclave.db-wal", "an empty file")
        assert files_of(state) == before
        kept.rename(log)
        with Server(state=state, pool=0) as server:
            facts.check(server)
        # Ended cleanly, all is in the file, and it says what to do.
        assert log.stat().st_size == 0
        owner = log.stat()
        log.unlink()
        refuses(state, "an empty file")
        log.touch(mode=0o600)
        os.chown(log, owner.st_uid, owner.st_gid)
        with Server(state=state, pool=0) as server:
            facts.check(server)


# ---- another process has it ----

@contextlib.contextmanager
def lock_of(server):
    """A connection that holds the lock until it rolls back. It is closed last:
    without a server it would fold the log, and it knows no checksums."""
    db = sqlite3.connect(server.state / "api/enclave.db", isolation_level=None)
    db.execute("BEGIN IMMEDIATE")
    try:
        yield db
    finally:
        db.close()


def phase_of(server, one):
    return server.request("GET", f"/v1/sessions/{one}").json["phase"]


def held_teardown(server, facts):
    """A session whose result is recorded, and whose cgroup can't go away."""
    one = facts.post(server, SHORT).json["id"]
    wait_until(lambda: phase_of(server, one) == "running", 20, "a start")
    group = groups_of(instance_of(server))[0] / "held"
    group.mkdir()
    wait_until(lambda: phase_of(server, one) == "succeeded", 20, "a result")
    return one, group


def release(group):
    """The cgroup may go; the server is about to remove the one above."""
    group.rmdir()


def api_of(server):
    found = [pid for pid, name in server.children().items()
             if name == "enclave-api"]
    return found[0] if found else None


def test_an_end_while_the_store_is_locked():
    """It isn't told before it is recorded, and is once that is possible."""
    with Server(pool=0) as server:
        facts = Facts()
        one = facts.post(server, SHORT).json["id"]
        wait_until(lambda: phase_of(server, one) == "running", 20, "a start")
        with lock_of(server) as db:
            wait_until(lambda: "not recorded yet" in server.log.read_text(),
                       20, "the refusal")
            session = server.request("GET", f"/v1/sessions/{one}").json
            assert session["phase"] == "running", session
            assert session["outcome"] is None, session
            assert session["finishedAt"] is None, session
            assert answers(server)
            db.execute("ROLLBACK")
            wait_until(lambda: phase_of(server, one) == "torn_down", 10,
                       "the seal")
            session = server.request("GET", f"/v1/sessions/{one}").json
            assert session["outcome"] == "succeeded", session
            assert session["result"]["json"] == 42, session
            facts.check(server)


def test_a_seal_while_the_store_is_locked():
    with Server(pool=0) as server:
        facts = Facts()
        one, group = held_teardown(server, facts)
        with lock_of(server) as db:
            release(group)
            wait_until(lambda: "not recorded yet" in server.log.read_text(),
                       60, "the refusal")
            session = server.request("GET", f"/v1/sessions/{one}").json
            assert session["phase"] == "succeeded", session
            assert not session["audit"]["sealed"], session
            db.execute("ROLLBACK")
            wait_until(lambda: phase_of(server, one) == "torn_down", 10,
                       "the seal")
            facts.check(server)


def has_open(pid, name):
    """Whether a process has a file of that name open."""
    try:
        links = [os.readlink(fd) for fd in Path(f"/proc/{pid}/fd").iterdir()]
    except OSError:
        return False
    return any(link.endswith("/" + name) for link in links)


def test_a_seal_is_left_to_the_next_life():
    with Server(pool=0) as server:
        facts = Facts()
        one, group = held_teardown(server, facts)
        with lock_of(server) as db:
            release(group)
            wait_until(lambda: "not recorded yet" in server.log.read_text(),
                       60, "the refusal")
            api = api_of(server)
            os.kill(api, signal.SIGKILL)
            wait_until(lambda: api_of(server) not in (api, None), 20,
                       "a new life")
            wait_until(lambda: has_open(api_of(server), "enclave.db"), 20,
                       "its look at what was")
            assert "closed after a restart" not in server.log.read_text()
            db.execute("ROLLBACK")
            wait_until(lambda: answers(server), 20, "an answer")
            assert phase_of(server, one) == "torn_down"
            assert "closed after a restart" in server.log.read_text()
            facts.check(server)


def test_an_event_while_the_store_is_locked():
    """What can't be recorded doesn't go on: it ends, and that is recorded."""
    with Server(pool=0) as server:
        facts = Facts()
        one = facts.post(server, DENIED).json["id"]
        wait_until(lambda: phase_of(server, one) == "running", 20, "a start")
        with lock_of(server) as db:
            wait_until(lambda: "not recorded yet" in server.log.read_text(),
                       20, "the refusal")
            wait_until(lambda: not groups_of(instance_of(server)), 10,
                       "the sandbox's end")
            db.execute("ROLLBACK")
            wait_until(lambda: phase_of(server, one) == "torn_down", 10,
                       "the seal")
            session = server.request("GET", f"/v1/sessions/{one}").json
            assert session["outcome"] == "failed", session
            assert session["reason"]["code"] == "backend_error", session
            facts.check(server)


def test_a_server_ends_while_the_store_is_locked():
    """SIGTERM isn't held up by it; the next life records the end."""
    with place() as state:
        facts = Facts()
        server = Server(state=state, pool=0).start()
        one, group = held_teardown(server, facts)
        with lock_of(server) as db:
            release(group)
            wait_until(lambda: "not recorded yet" in server.log.read_text(),
                       60, "the refusal")
            begin = time.monotonic()
            server.stop(signal.SIGTERM)
            assert time.monotonic() - begin < 15
            db.execute("ROLLBACK")
            with Server(state=state, pool=0) as after:
                assert phase_of(after, one) == "torn_down"
                facts.check(after)
                db.close()


def test_damage_under_the_server():
    """Who asks for what is damaged gets an error, all others are served."""
    with place() as state:
        ids = filled(state)
        path = state / "api/enclave.db"
        length = path.stat().st_size
        with edited(path) as db:
            db.execute("CREATE TABLE filler(bytes)")
            db.execute("INSERT INTO filler VALUES(zeroblob(?))", (LONG_BYTES,))
            # Pages of one session's output and nothing else.
            pages = [at for at in range(1, length // PAGE)
                     if b"x" * 4000 in path.read_bytes()[at * PAGE:][:PAGE]]
        assert pages
        flip(path, pages[0] * PAGE + 2000, 3)
        with Server(state=state, pool=0) as server:
            first = [server.request("GET", f"/v1/sessions/{one}").status
                     for one in ids]
            assert sorted(first)[0] == 200 and first.count(500) == 1, first
            for _ in range(5):
                assert [server.request("GET", f"/v1/sessions/{one}").status
                        for one in ids] == first
            assert server.run(QUICK)["result"]["json"] == 42
            assert answers(server)
            text = server.log.read_text()
            assert "enclave-api ended" not in text, text
            assert text.count(f"page {pages[0] + 1} of /") == 1, text


def test_records_that_cannot_be_read():
    """They are named, and neither a start nor another session depends on them."""
    hang = {"language": "python", "code": "simulate: hang"}
    with place() as state:
        server = Server(state=state, pool=0, backend="simulator").start()
        ids = [server.request("POST", "/v1/sessions", hang).json["id"]
               for _ in range(3)]
        for one in ids:
            wait_until(lambda one=one: phase_of(server, one) == "running", 20,
                       "a start")
        server.stop(signal.SIGKILL)
        number = "(SELECT serial FROM sessions WHERE id = ?)"
        with edited(state / "api/enclave.db") as db:
            db.execute("UPDATE records SET record = replace(record, "
                       "'\"egressAttempts\":0', "
                       "'\"egressAttempts\":9007199254740993') "
                       f"WHERE session = {number}", (ids[0],))
            db.execute("UPDATE entries SET data = x'20' WHERE kind = 4 AND "
                       f"session = {number}", (ids[1],))
        for life in range(2):
            with Server(state=state, pool=0, backend="simulator") as server:
                text = server.log.read_text()
                for one in ids[:2]:
                    assert any("left unfinished" in line and one in line
                               for line in text.splitlines()), text
                    reply = server.request("GET", f"/v1/sessions/{one}")
                    assert reply.status == 500, reply.body
                    assert one in reply.json["error"]["message"], reply.body
                listed = server.request("GET", "/v1/sessions")
                assert listed.status == 500, listed.body
                assert ids[1] in listed.json["error"]["message"], listed.body
                assert phase_of(server, ids[2]) == "torn_down"
                reply = server.request("POST", "/v1/sessions?wait=20s", {
                    "language": "python", "code": "pass"})
                assert reply.json["outcome"] == "succeeded", (life, reply.body)
                org = server.request("POST", "/v1/orgs", {"name": "b"}).json
                key = server.request("POST", "/v1/api-keys", {
                    "orgId": org["id"], "scopes": ["sessions:read"]}).json
                others = server.request("GET", "/v1/sessions", headers={
                    "Authorization": f"Bearer {key['key']}"})
                assert others.status == 200, others.body


def test_an_audit_line_that_is_no_json():
    """Its log can't be shown as JSON; a bundle has it as it is."""
    with place() as state:
        one = filled(state, 1)[0]
        with edited(state / "api/enclave.db") as db:
            db.execute("UPDATE entries SET data = x'7d5d' WHERE kind = 4 AND "
                       "seq = (SELECT min(seq) FROM entries WHERE kind = 4)")
        with Server(state=state, pool=0, backend="simulator") as server:
            reply = server.request("GET", f"/v1/sessions/{one}/audit")
            assert reply.status == 500, reply.body
            assert f"session {one}: line 0" in reply.json["error"]["message"]
            reply = server.request(
                "GET", f"/v1/sessions/{one}/audit?format=bundle")
            assert reply.status == 200 and b"}]\n" in reply.body, reply.body
