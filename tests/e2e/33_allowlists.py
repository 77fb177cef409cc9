"""Allowlists: what is taken, shown, put on record, and replaced.

On the simulator, which lets nothing out.
"""

import hashlib
import json
import os
import subprocess

from enclave_test import BIN, Server


def cli(server, *words):
    return subprocess.run(
        [BIN / "enclave", *words], capture_output=True, text=True, timeout=60,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "ENCLAVE_BASE_URL": f"unix:{server.socket}"})


def allowlist(*entries):
    return {"mode": "allowlist", "allow": list(entries)}


def events_of(server, session):
    """[(type, data)] of a sealed log."""
    lines = server.request(
        "GET", f"/v1/sessions/{session}/audit?format=bundle").body.splitlines()
    return lines[0], [(event["type"], event["data"])
                      for event in map(json.loads, lines[1:])]


def policy_of(data):
    """The text whose hash the genesis has, from session_created."""
    limits, egress = (json.dumps(data[name], separators=(",", ":"))
                      for name in ("limits", "egress"))
    return (limits if data["egress"]["mode"] == "deny_all"
            else f'{{"limits":{limits},"egress":{egress}}}')


def test_an_allowlist_is_shown_and_recorded():
    long = [f"host-{i}.example.com:{i + 1000}" for i in range(1024)]
    with Server(backend="simulator") as server:
        for asked, shown in (
                (None, {"mode": "deny_all", "allow": []}),
                ({"mode": "deny_all"}, {"mode": "deny_all", "allow": []}),
                ({"mode": "allowlist"}, allowlist()),
                (allowlist("Example.com:443", "example.com:443",
                           "203.0.113.7"),
                 allowlist("example.com", "203.0.113.7")),
                (allowlist(*long), allowlist(*long))):
            body = {"code": "1"} if asked is None else {"code": "1",
                                                        "egress": asked}
            reply = server.run(body)
            assert reply["egress"] == shown, reply
            again = server.request("GET", f"/v1/sessions/{reply['id']}").json
            assert again["egress"] == shown, again
            genesis, events = events_of(server, reply["id"])
            data = events[0][1]
            if shown["allow"] == long:
                array = json.dumps(long, separators=(",", ":")).encode()
                assert data["egress"] == {
                    "mode": "allowlist", "allow": None, "count": 1024,
                    "sha256": hashlib.sha256(array).hexdigest()}, data
            else:
                assert data["egress"] == shown, data
            policy = hashlib.sha256(policy_of(data).encode()).hexdigest()
            assert json.loads(genesis)["policySha256"] == policy, genesis
        listed = server.request("GET", "/v1/sessions").json["sessions"]
        assert listed[0]["egress"] == allowlist(*long)


def test_an_allowlist_that_is_none():
    with Server(backend="simulator") as server:
        for egress, says in (
                (allowlist("example.com", "a b"), "'a b'"),
                ({"mode": "deny_all", "allow": ["example.com"]}, "allowlist")):
            for method, target, body, field in (
                    ("POST", "/v1/sessions", {"code": "1", "egress": egress},
                     "egress.allow"),
                    ("PATCH", "/v1/sessions/s-0000000000-1/egress", egress,
                     "allow")):
                reply = server.request(method, target, body)
                error = reply.json["error"]
                assert (reply.status, error["code"], error["details"]) == (
                    400, "bad_request", {"field": field}), reply.json
                assert says in error["message"], error
        reply = server.request("POST", "/v1/sessions", {
            "code": "1", "egress": allowlist(*["example.com"] * 1025)})
        assert (reply.status, reply.code) == (400, "bad_request"), reply.json
        assert server.request("GET", "/v1/sessions").json["sessions"] == []


def test_a_replaced_allowlist():
    with Server(backend="simulator") as server:
        def replace(session, egress):
            return server.request("PATCH", f"/v1/sessions/{session}/egress",
                                  egress)

        def start(**more):
            reply = server.request("POST", "/v1/sessions",
                                   {"code": "simulate: hang", **more})
            return reply.json["id"]

        session = start(egress=allowlist("a.example"))
        lists = [allowlist("b.example:80", "B.example:80"), allowlist(),
                 allowlist("c.example"), {"mode": "deny_all"}]
        shown = [allowlist("b.example:80"), allowlist(),
                 allowlist("c.example"), allowlist()]
        for egress, wanted in zip(lists, shown):
            reply = replace(session, egress)
            assert (reply.status, reply.json["egress"]) == (200, wanted), reply
            assert reply.json["id"] == session
        server.request("DELETE", f"/v1/sessions/{session}")
        _, events = events_of(server, session)
        told = [data for kind, data in events if kind == "egress_replaced"]
        assert [data["egress"] for data in told] == shown, told
        assert {data["by"] for data in told} == {"uid:0"}, told
        for session, says in ((session, "is over"), (start(), "no way out")):
            reply = replace(session, allowlist("d.example"))
            error = reply.json["error"]
            assert (reply.status, error["code"]) == (409, "conflict"), error
            assert says in error["message"], error
        for row in server.request("GET", "/v1/sessions").json["sessions"]:
            server.request("DELETE", f"/v1/sessions/{row['id']}")
        reply = replace("s-0000000000-1", allowlist())
        assert (reply.status, reply.json["error"]["code"]) == (
            404, "not_found"), reply.json


def test_the_allowlist_of_the_command_line():
    with Server(backend="simulator") as server:
        def enclave(*words):
            return cli(server, *words)

        done = enclave("run", "--json", "--allow", "A.example:80", "--allow",
                       "203.0.113.7", "--", "true")
        session = json.loads(done.stdout)
        assert session["egress"] == allowlist("a.example:80", "203.0.113.7")
        done = enclave("egress", "show", session["id"])
        assert done.stdout.split() == ["mode", "allowlist", "allow",
                                       "a.example:80", "allow",
                                       "203.0.113.7"], done
        done = enclave("egress", "set", session["id"], "--allow", "b.example")
        assert done.returncode != 0 and "is over" in done.stderr, done
        session = server.request("POST", "/v1/sessions", {
            "code": "simulate: hang", "egress": allowlist("a.example")}).json
        done = enclave("egress", "set", "--json", session["id"], "--allow",
                       "b.example")
        assert json.loads(done.stdout) == allowlist("b.example"), done
        done = enclave("egress", "set", session["id"])
        assert done.stdout.split() == ["mode", "allowlist"], done
        server.request("DELETE", f"/v1/sessions/{session['id']}")


def test_what_denials_would_have_needed():
    code = "# evil.example.com 169.254.169.254"
    with Server(backend="simulator") as server:
        done = cli(server, "run", "--label", "a=b", "--", "true", code)
        assert "--allow evil.example.com:443\n" in done.stderr, done
        session = server.request(
            "GET", "/v1/sessions").json["sessions"][0]["id"]
        assert f"record: enclave audit show {session}\n" in done.stderr, done
        done = cli(server, "egress", "suggest", session)
        assert done.stdout == "evil.example.com:443\n", done
        assert "allow 169.254.169.254:80: deny-table: link-local\n" \
            in done.stderr, done
        done = cli(server, "egress", "suggest", "--json", session)
        assert json.loads(done.stdout) == {
            "allow": ["evil.example.com:443"],
            "refused": [{"host": "169.254.169.254:80",
                         "reason": "deny-table: link-local"}]}, done


def test_what_helps_where_no_entry_does():
    code = "import socket\nsocket.socket().connect_ex(('10.9.8.7', 80))"
    with Server(pool=0) as server:
        session = server.run({"code": code, "language": "python"})["id"]
        done = cli(server, "egress", "suggest", session)
        assert (done.stdout, done.stderr) == (
            "", "enclave: no entry can allow 10.9.8.7:80: deny-table: "
            "private; root can name its network: `enclave up --internal`\n")
    with Server(pool=1, extra=["--internal", "10.9.0.0/16"]) as server:
        session = server.run({"code": code, "language": "python"})["id"]
        done = cli(server, "egress", "suggest", session)
        assert (done.stdout, done.stderr) == ("10.9.8.7:80\n", ""), done


def test_attempts_are_judged_by_the_rules():
    code = "# evil.example.com 169.254.169.254"
    with Server(backend="simulator") as server:
        for rule, evil in (("evil.example.com:443", "evil.example.com"),
                           ("*.example.com", "*.example.com"),
                           ("evil.example.com:80", None),
                           ("169.254.0.0/16", None)):
            session = server.run({"code": code, "egress": allowlist(rule)})
            _, events = events_of(server, session["id"])
            told = {(kind, data["host"], data["rule"])
                    for kind, data in events if kind.startswith("egress_")}
            assert told == {
                ("egress_allowed" if evil else "egress_denied",
                 "evil.example.com", evil or "allowlist"),
                ("egress_denied", "169.254.169.254",
                 "deny-table: link-local")}, told
            usage = dict(events)["usage_metered"]
            assert (usage["egressAllowed"], usage["egressDenied"]) == (
                (1, 1) if evil else (0, 2)), usage
