"""What an organisation may use: set by root, seen by its admin, enforced."""

import contextlib
import json
import os
import shutil
import sqlite3
import subprocess
import tempfile

from enclave_test import BIN, Server, wait_until

HANG = {"code": "simulate: hang", "language": "python"}
PASS = {"code": "pass", "language": "python"}
NONE = {"running": None, "waiting": None, "storedBytes": None}


class Tenant:
    """An organisation with an admin's key, over the same socket."""

    def __init__(self, server, name):
        self.server = server
        self.id = server.request("POST", "/v1/orgs", {"name": name}).json["id"]
        self.key = server.request("POST", "/v1/api-keys", {
            "orgId": self.id, "scopes": ["admin"]}).json["key"]
        self.path = f"/v1/orgs/{self.id}/quota"

    def ask(self, method, path, body=None, headers=None):
        return self.server.request(method, path, body, {
            "Authorization": f"Bearer {self.key}", **(headers or {})})

    def allow(self, **limits):
        reply = self.server.request("PUT", self.path, limits)
        assert reply.status == 200, reply.body
        return reply.json

    def begin(self, request=None):
        reply = self.ask("POST", "/v1/sessions", request or HANG)
        assert reply.status == 201, reply.body
        return reply.json["id"]

    def phase(self, session):
        return self.ask("GET", f"/v1/sessions/{session}").json["phase"]

    def until(self, session, phase):
        wait_until(lambda: self.phase(session) == phase, 10,
                   f"{session} {phase}")

    def end(self, *sessions):
        for session in sessions:
            self.ask("DELETE", f"/v1/sessions/{session}")
            self.until(session, "torn_down")

    def used(self):
        return self.ask("GET", self.path).json["used"]


@contextlib.contextmanager
def two_tenants(**options):
    with Server(backend="simulator", pool=0, **options) as server:
        yield server, Tenant(server, "one"), Tenant(server, "other")


def limits_of(quota):
    return {name: quota[name] for name in NONE}


def test_who_may_set_and_see_a_quota():
    with two_tenants() as (server, one, other):
        quota = one.ask("GET", one.path).json
        assert quota == {"orgId": one.id, **NONE, "used": {
            "running": 0, "waiting": 0, "storedBytes": 0}}, quota
        wanted = {"running": 2, "waiting": 0, "storedBytes": (1 << 53) - 1}
        assert limits_of(one.allow(**wanted)) == wanted
        for reply in (one.ask("GET", one.path),
                      server.request("GET", one.path)):
            assert limits_of(reply.json) == wanted, reply.body
        assert limits_of(other.ask("GET", other.path).json) == NONE
        # A limit that is missing is none.
        assert limits_of(one.allow(running=1)) == {**NONE, "running": 1}
        for method, body in (("GET", None), ("PUT", {"running": 3})):
            words = set()
            for path in (one.path, "/v1/orgs/o-99/quota"):
                reply = other.ask(method, path, body)
                if method == "PUT":  # no key is root's
                    assert reply.code == "forbidden", reply.body
                    continue
                assert (reply.status, reply.code) == (404, "not_found")
                words.add(reply.json["error"]["message"].rsplit(" ", 1)[0])
            assert len(words) <= 1, words
        assert one.ask("PUT", one.path, NONE).code == "forbidden"
        reply = server.request("PUT", "/v1/orgs/o-99/quota", NONE)
        assert reply.code == "not_found", reply.body
        for wrong in ({"running": 0}, {"running": -1}, {"waiting": -1},
                      {"waiting": "1"}, {"running": 1.5}, {"waiting": True},
                      {"running": 1000001}, {"storedBytes": 1 << 53}):
            reply = server.request("PUT", one.path, wrong)
            assert reply.code == "bad_request", (wrong, reply.body)
        reply = server.request("PUT", one.path, {"memory": 1})
        assert reply.code == "unknown_field", reply.body
        assert limits_of(one.ask("GET", one.path).json) == {**NONE,
                                                            "running": 1}


def test_one_at_its_share_and_another_goes_on():
    with two_tenants() as (_, one, other):
        one.allow(running=1, waiting=2)
        first, second, third = one.begin(), one.begin(), one.begin()
        one.until(first, "running")
        assert one.used()["running"] == 1 and one.used()["waiting"] == 2
        refused = one.ask("POST", "/v1/sessions", HANG)
        assert (refused.status, refused.code) == (429, "quota_exceeded")
        assert refused.headers["Retry-After"] == "1", refused.headers
        # The sessions of the other one came later, and run.
        others = [other.begin(), other.begin()]
        for session in others:
            other.until(session, "running")
        assert other.used()["waiting"] == 0
        assert [one.phase(s) for s in (second, third)] == ["pending"] * 2
        # One's own order is kept.
        one.end(first)
        one.until(second, "running")
        assert one.phase(third) == "pending"
        # One that waits is kept safe, also when its request waits for it.
        reply = one.ask("POST", "/v1/sessions?wait=1s", HANG)
        assert reply.status == 202 and reply.json["phase"] == "pending", (
            reply.body)
        # A larger quota holds from the next start or end on.
        one.allow(running=3)
        other.end(others[0])
        for session in (third, reply.json["id"]):
            one.until(session, "running")
        one.end(second, third, reply.json["id"])
        assert one.used()["running"] == 0, one.used()
        other.end(others[1])


def test_none_may_wait():
    """What can run at once doesn't wait."""
    with two_tenants() as (_, one, other):
        one.allow(running=1, waiting=0)
        first = one.begin()
        one.until(first, "running")
        assert one.ask("POST", "/v1/sessions", HANG).code == "quota_exceeded"
        other.end(other.begin())
        one.end(first)
        one.end(one.begin())


def test_what_is_stored_is_counted():
    with two_tenants() as (_, one, other):
        again = {"Idempotency-Key": "kept"}
        kept = one.ask("POST", "/v1/sessions?wait=30s", PASS, again).json["id"]
        one.until(kept, "torn_down")
        before = one.used()["storedBytes"]
        assert before > 1000, before
        one.allow(storedBytes=before + 1)
        session = one.begin(PASS)
        one.until(session, "torn_down")
        after = one.used()["storedBytes"]
        assert after > before + 1000, (before, after)
        refused = one.ask("POST", "/v1/sessions", PASS)
        assert refused.code == "quota_exceeded", refused.body
        assert str(after) in refused.json["error"]["message"], refused.body
        # What is there can still be had.
        reply = one.ask("POST", "/v1/sessions?wait=30s", PASS, again)
        assert reply.json["id"] == kept, reply.body
        assert one.phase(session) == "torn_down"
        assert other.used()["storedBytes"] == 0
        other.end(other.begin())
        one.allow()
        one.end(one.begin())


def admin_lines(state):
    with sqlite3.connect(state / "api/enclave.db") as database:
        lines = [json.loads(line) for (line,) in database.execute(
            "SELECT line FROM admin ORDER BY seq")]
    return [line["data"] for line in lines if line["type"] == "quota_set"]


def test_a_restart_keeps_it():
    state = tempfile.mkdtemp(prefix="enclave-test-")
    try:
        with two_tenants(state=state) as (server, one, _):
            one.allow(running=7)
            one.allow(waiting=0, storedBytes=5)
            used = one.used()
            state_dir = server.state
        with Server(backend="simulator", pool=0, state=state) as server:
            one.server = server
            quota = one.ask("GET", one.path).json
            assert quota == {"orgId": one.id, "running": None, "waiting": 0,
                             "storedBytes": 5, "used": used}, quota
        told = admin_lines(state_dir)
        assert [limits_of(data) for data in told] == [
            {**NONE, "running": 7},
            {"running": None, "waiting": 0, "storedBytes": 5}], told
        assert all(data["orgId"] == one.id and data["by"] for data in told)
    finally:
        shutil.rmtree(state, ignore_errors=True)


def test_the_commands():
    with two_tenants() as (server, one, _):
        def enclave(*words, key=None):
            env = {**os.environ, "ENCLAVE_BASE_URL": f"unix:{server.socket}"}
            env.pop("ENCLAVE_API_KEY", None)
            if key is not None:
                env["ENCLAVE_API_KEY"] = key
            return subprocess.run([str(BIN / "enclave"), *words], env=env,
                                  capture_output=True, text=True, timeout=60)

        done = enclave("quotas", "set", "one", "--running", "2",
                       "--stored-bytes=4096", "--json")
        assert done.returncode == 0, done.stderr
        wanted = {**NONE, "running": 2, "storedBytes": 4096}
        assert limits_of(json.loads(done.stdout)) == wanted, done.stdout
        for words, key in ((("one",), None), ((one.id,), None), ((), one.key)):
            done = enclave("quotas", "show", *words, "--json", key=key)
            assert limits_of(json.loads(done.stdout)) == wanted, done
        done = enclave("quotas", "show", key=one.key)
        assert done.stdout.split("\n")[1].split() == [
            "one", "0", "2", "0", "-", "0", "4096"], done.stdout
        done = enclave("quotas", "show", "--json")  # of who has no key: o-1
        assert json.loads(done.stdout)["orgId"] == "o-1", done.stdout
        assert enclave("quotas", "set", "one", key=one.key).returncode == 77
        done = enclave("quotas", "show", "nobody")
        assert done.returncode == 66 and "nobody" in done.stderr, done
        for wrong in ("-1", "x", "", "1e3", "99999999999999999"):
            done = enclave("quotas", "set", "one", f"--running={wrong}")
            assert done.returncode == 64 and "--running" in done.stderr, done
        assert enclave("quotas", "set").returncode == 64
        for command in ("show", "set"):
            done = enclave("quotas", command, "--help")
            assert done.returncode == 0 and "ORG" in done.stdout, done
