"""A state directory that an older version wrote: migrated once, nothing lost."""

import contextlib
import base64
import json
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from enclave_test import TOP, Server, verify
from store_pages import edited

VECTOR = TOP / "tests/vectors/store-2.tar.xz"
VERIFIER = TOP / "tools/audit_verify.py"


def grown(session):
    """A Session of the older version, with the fields that came later."""
    session["limits"]["openFiles"] = 1024
    session["name"] = None
    return session


def unpacked(state):
    """The older store at its place below @state; what was told of it."""
    (state / "api").mkdir(mode=0o700)
    with tarfile.open(VECTOR) as archive:
        for member in archive.getmembers():
            content = archive.extractfile(member).read()
            if member.name == "told.json":
                told = json.loads(content)
                for one in [*told["sessions"].values(), told["other"]]:
                    grown(one["session"])
                for one in told["list"]["sessions"]:
                    grown(one)
            else:
                path = state / "api" / member.name
                path.write_bytes(content)
                path.chmod(0o600)
    return told


def events(server, session):
    """[(id, kind, data)] of the stream of a session that has ended."""
    text = server.request("GET", f"/v1/sessions/{session}/stream").body.decode()
    found = []
    for block in text.split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.split("\n")
                     if ": " in line and not line.startswith(":"))
        if lines:
            found.append((lines["id"], lines["event"],
                          json.loads(lines["data"])))
    return found


def told_by(kinds_and_data):
    """What a stream says, however its output is cut."""
    def output(wanted):
        return b"".join(base64.b64decode(data["base64"])
                        for kind, data in kinds_and_data if kind == wanted)
    return {
        "phases": [d["phase"] for k, d in kinds_and_data if k == "phase"],
        "stdout": output("stdout"), "stderr": output("stderr"),
        "audit": [d for k, d in kinds_and_data if k == "audit"],
        "end": [d["outcome"] for k, d in kinds_and_data if k == "end"],
        "results": [k for k, _ in kinds_and_data].count("result"),
    }


def check_bundle(bundle, state):
    code, text = verify(bundle)
    assert code == 0, text
    path = state / "bundle"
    path.write_bytes(bundle)
    done = subprocess.run([sys.executable, VERIFIER, path],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def check_session(server, state, one, told, headers=None):
    def get(tail):
        reply = server.request("GET", f"/v1/sessions/{one}{tail}",
                               headers=headers)
        assert reply.status == 200, (one, tail, reply.body)
        return reply
    assert get("").json == told["session"], (get("").json, told["session"])
    assert get("/result").json == told["result"], one
    assert get("/audit").json == told["audit"], one
    bundle = get("/audit?format=bundle").body
    assert bundle.decode() == told["bundle"], one
    check_bundle(bundle, state)
    if told["stream"] is not None:
        now = events(server, one)
        assert told_by([e[1:] for e in now]) == told_by(told["stream"]), (
            one, now)


def check_orphan(server, state, one):
    session = server.request("GET", f"/v1/sessions/{one}").json
    assert session["outcome"] == "failed", session
    assert session["reason"]["code"] == "orphaned", session
    bundle, lines = server.audit(one)
    assert lines[-1]["type"] == "session_sealed", lines
    check_bundle(bundle, state)
    told = told_by([event[1:] for event in events(server, one)])
    assert told["phases"] == ["pending", "running", "failed", "torn_down"], told
    assert told["end"] == ["failed"] and told["results"] == 1, told
    result = server.request("GET", f"/v1/sessions/{one}/result").json
    assert result["exitCode"] is None and result["stdout"] == "", result


def check_all(server, state, told):
    for one, was in told["sessions"].items():
        check_session(server, state, one, was)
    other = told["other"]
    check_session(server, state, other["id"], other, other["head"])
    assert server.request("GET", f"/v1/sessions/{other['id']}").status == 404
    check_orphan(server, state, told["unfinished"])
    assert server.request("GET", "/v1/api-keys").json == told["keys"]
    for key, status in ((told["key"], 200), (told["revoked"], 401)):
        reply = server.request("GET", "/v1/sessions", headers={
            "Authorization": f"Bearer {key['key']}"})
        assert reply.status == status, reply.body
    again = server.request(
        "POST", "/v1/sessions?wait=30s", told["again"]["body"],
        {"Idempotency-Key": "again", "Content-Type": "application/json"})
    assert again.json["id"] == told["again"]["id"], again.body
    for now, was in zip(server.request("GET", "/v1/sessions?limit=100"
                                       ).json["sessions"],
                        told["list"]["sessions"], strict=True):
        if now["id"] != told["unfinished"]:
            assert now == was, (now, was)
    for outcome in "succeeded", "failed", "killed":
        found = server.request(
            "GET", f"/v1/sessions?limit=100&outcome={outcome}").json
        assert {s["id"] for s in found["sessions"]} == {
            s["id"] for s in server.request(
                "GET", "/v1/sessions?limit=100").json["sessions"]
            if s["outcome"] == outcome}, found


def check_bytes(state):
    """An organisation knows how much is stored of its old and new sessions."""
    with sqlite3.connect(state / "api/enclave.db") as database:
        for org, known in database.execute(
                "SELECT id, stored_bytes FROM orgs").fetchall():
            stored = 0
            for table, value in (("records", "record || genesis"),
                                 ("entries", "data"),
                                 ("results", "record || coalesce(json, '')")):
                stored += database.execute(
                    f"SELECT coalesce(sum(length(CAST({value} AS BLOB))), 0)"
                    f" FROM {table} JOIN sessions ON serial = session"
                    " WHERE org = ?", (org,)).fetchone()[0]
            assert known == stored, (org, known, stored)


def test_a_store_of_the_version_before():
    state = Path(tempfile.mkdtemp(prefix="enclave-test-"))
    try:
        told = unpacked(state)
        before = None
        for _ in range(2):
            with Server(state=state, backend="simulator", pool=0) as server:
                check_all(server, state, told)
                ids = {one: [e[0] for e in events(server, one)]
                       for one in [*told["sessions"], told["unfinished"]]}
            assert before in (None, ids), "an event has another id now"
            before = ids
        with Server(state=state, backend="simulator", pool=0) as server:
            new = server.run({"code": "print(1)", "language": "python"})
            assert new["outcome"] == "succeeded", new
        raw = (state / "api/enclave.db").read_bytes()
        assert int.from_bytes(raw[60:64], "big") > 2, raw[60:64]
        check_bytes(state)
    finally:
        shutil.rmtree(state, ignore_errors=True)


@contextlib.contextmanager
def older_store():
    """A state directory of an older version, and its database."""
    state = Path(tempfile.mkdtemp(prefix="enclave-test-"))
    try:
        unpacked(state)
        yield state, state / "api/enclave.db"
    finally:
        shutil.rmtree(state, ignore_errors=True)


def log_of_refused(state, what):
    """What a server that must not serve with this state says."""
    server = Server(state=state, backend="simulator", pool=0)
    try:
        server.start()
        raise AssertionError(f"it serves {what}")
    except (RuntimeError, TimeoutError):
        return server.log.read_text()
    finally:
        server.stop()


def test_an_older_store_that_is_refused_stays_as_it_is():
    """What the migration doesn't touch is looked at before it is committed."""
    for table in "labels", "admin", "idempotency":
        with older_store() as (state, path):
            with edited(path) as database:
                database.execute(f"DROP TABLE {table}")
            files = path, Path(f"{path}-wal")
            before = [one.read_bytes() for one in files]
            text = log_of_refused(state, f"without {table}")
            assert ("the store's schema is not ours" in text or
                    f"no such table: main.{table}" in text), text[-500:]
            assert [one.read_bytes() for one in files] == before, table


def test_an_older_store_with_a_line_that_is_too_long():
    """The session is named, nothing is written, and nothing aborts."""
    line = "UPDATE audit SET line = line || printf('%.*c', 40000, ' ')"
    outcome = ("UPDATE records SET record = replace(record, "
               "'\"outcome\":\"succeeded\"', '\"outcome\":\"' || "
               "printf('%.*c', 40000, 'x') || '\"')")
    for edit in line, outcome:
        with older_store() as (state, path):
            with edited(path) as database:
                one, serial = database.execute(
                    "SELECT id, serial FROM sessions JOIN records ON "
                    "session = serial WHERE record LIKE "
                    "'%\"outcome\":\"succeeded\"%' LIMIT 1").fetchone()
                database.execute(f"{edit} WHERE session = ?", (serial,))
            before = path.read_bytes()
            text = log_of_refused(state, f"after {edit}")
            assert f"session {one}: " in text and "40" in text, text
            assert "BUG" not in text and "signal" not in text, text
            assert path.read_bytes() == before, edit
