"""Old records go, with a line in the admin log; nothing else does."""

import json
import os
import sqlite3
import subprocess
import tempfile

from enclave_test import BIN, Server, verify, wait_until
from facts import wait_running

PYTHON = {"language": "python"}


def prune(server, *options):
    return subprocess.run(
        [str(BIN / "enclave"), "sessions", "prune", *options], text=True,
        capture_output=True, timeout=60,
        env={**os.environ, "ENCLAVE_BASE_URL": f"unix:{server.socket}"})


def admin_log(state):
    """Genesis and lines of the admin log, of a server that has ended."""
    with sqlite3.connect(f"{state}/api/enclave.db") as database:
        return [row[0] for row in database.execute(
            "SELECT value FROM meta WHERE name = 'admin_genesis'")] + [
                row[0] for row in database.execute(
                    "SELECT line FROM admin ORDER BY seq")]


def age(state, days):
    """Make all sessions of a server that has ended so much older."""
    with sqlite3.connect(f"{state}/api/enclave.db") as database:
        database.execute("UPDATE sessions SET created_ms = created_ms - ?",
                         (days * 86400 * 1000,))


def test_prune_removes_what_has_ended():
    with tempfile.TemporaryDirectory() as state:
        with Server(pool=0, state=state) as server:
            body = {**PYTHON, "code": "enclave.result('x' * 1000)"}
            ids = [server.run(body)["id"] for _ in range(3)]
            heads = {one: server.audit(one)[1][-1]["hash"] for one in ids}
            live = server.request("POST", "/v1/sessions", {
                **PYTHON, "code": "import time; time.sleep(60)"}).json["id"]
            wait_running(server)
            before = server.request("GET", "/v1/orgs/o-1/quota").json["used"]
            for wrong in ((), ("--older-than", "x"), ("--older-than", "5"),
                          ("--older-than", "99999999d")):
                assert prune(server, *wrong).returncode == 64, wrong
            done = prune(server, "--older-than", "1h")
            assert done.stdout == "0 sessions removed\n", done
            done = prune(server, "--older-than", "0d", "--dry-run")
            assert done.stdout == "3 sessions would be removed\n", done
            assert server.request("GET", f"/v1/sessions/{ids[0]}").status == 200
            done = prune(server, "--older-than", "0d", "--json")
            assert json.loads(done.stdout) == {"count": 3, "more": False}, done
            for one in ids:
                for tail in ("", "/result", "/audit", "/stream"):
                    reply = server.request("GET", f"/v1/sessions/{one}{tail}")
                    assert reply.status == 404, (one, tail, reply.body)
            assert [s["id"] for s in server.request(
                "GET", "/v1/sessions").json["sessions"]] == [live]
            used = server.request("GET", "/v1/orgs/o-1/quota").json["used"]
            assert used["storedBytes"] < before["storedBytes"] - 3000, used
            server.request("DELETE", f"/v1/sessions/{live}")
            # Numbers go on, and an admin of an organisation can't do it.
            assert int(server.run(body)["id"].split("-")[-1]) == 5
            key = server.request("POST", "/v1/api-keys", {
                "scopes": ["admin"]}).json["key"]
            reply = server.request("POST", "/v1/prune", {
                "olderThanSeconds": 0}, {"Authorization": f"Bearer {key}"})
            assert reply.code == "forbidden", reply.body
        lines = admin_log(state)
        code, text = verify("".join(x + "\n" for x in lines).encode())
        assert code == 2, text  # it is never sealed
        removed = [json.loads(line)["data"] for line in lines
                   if '"session_removed"' in line]
        assert {one["session"]: one["head"] for one in removed} == heads
        assert all(one["by"].startswith("uid:") for one in removed), removed


def test_an_idempotency_key_goes_with_its_session():
    with Server(backend="simulator") as server:
        named = {"Idempotency-Key": "once"}
        body = {**PYTHON, "code": "1"}
        one = server.request("POST", "/v1/sessions?wait=9s", body, named).json
        prune(server, "--older-than", "0d")
        other = server.request("POST", "/v1/sessions?wait=9s", body, named)
        assert other.status == 201 and other.json["id"] != one["id"], other.body


def test_a_server_removes_what_is_too_old():
    with tempfile.TemporaryDirectory() as state:
        with Server(backend="simulator", state=state) as server:
            old = [server.run({**PYTHON, "code": "1"})["id"]
                   for _ in range(150)]
        age(state, 40)
        with Server(backend="simulator", state=state) as server:
            new = server.run({**PYTHON, "code": "1"})["id"]
            assert server.request("GET", f"/v1/sessions/{old[0]}").status == 200
        with Server(backend="simulator", state=state,
                    extra=["--keep-days", "30"]) as server:
            wait_until(lambda: [s["id"] for s in server.request(
                "GET", "/v1/sessions").json["sessions"]] == [new], 20,
                "old sessions gone")
            assert "removed 64 old sessions" in server.log.read_text()
