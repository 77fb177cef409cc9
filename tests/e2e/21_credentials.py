"""Every route that openapi.json has, with every kind of credential."""

import contextlib
import http.client
import json
import os
import shutil
import socket
import sqlite3
import subprocess
import tempfile
import time

import contract
from enclave_test import BIN, Reply, Server, free_port, wait_until

NEVER = "s-0000000000-1"
# Of a route that asks more of a body than to be an object.
BODIES = {"/sessions/{id}/egress": b'{"mode": "deny_all"}',
          "/service-bindings/{id}/secret": b'{"secret": "0123456789abcdef"}'}


def routes():
    """(method, path template, scope, whether it wants a body)"""
    for method, path, spec, _ in contract.operations():
        yield (method.upper(), path, spec["x-enclave-scope"],
               "requestBody" in spec)


class Tcp:
    """A client that is nobody until it shows a key."""

    def __init__(self, port):
        self.port = port

    def ask(self, method, path, key=None, body=None, again=None):
        headers = {"Content-Type": "application/json"} if body else {}
        if again is not None:
            headers["Idempotency-Key"] = again
        if key is not None:
            headers["Authorization"] = key
        connection = http.client.HTTPConnection("127.0.0.1", self.port,
                                                timeout=60)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            # Of a stream that goes on the head is enough.
            text = answer.read() if answer.length is not None else b""
            reply = Reply(answer.status, answer.headers, text)
            return reply.checked(method, path)
        finally:
            connection.close()


def make_key(server, scopes, org=None):
    body = {"name": "k", "scopes": scopes, **({"orgId": org} if org else {})}
    reply = server.request("POST", "/v1/api-keys", body)
    assert reply.status == 201, reply.body
    return reply.json["id"], "Bearer " + reply.json["key"]


def credentials(server):
    """name: (the header, what it is worth: None or a set of scopes)"""
    org = server.request("POST", "/v1/orgs", {"name": "other"}).json["id"]
    _, right = make_key(server, ["admin"])
    revoked_id, revoked = make_key(server, ["admin"])
    assert server.request("DELETE", f"/v1/api-keys/{revoked_id}"
                          ).status == 200
    read = {"sessions:read"}
    write = {"sessions:write"}
    bindings = {"bindings:read"}, {"bindings:write"}
    everything = read | write | {"admin"} | bindings[0] | bindings[1]
    other_digit = "0" if right[-1] != "0" else "1"
    return {
        "none": (None, None),
        "empty": ("", None),
        "scheme alone": ("Bearer", None),
        "no key": ("Bearer x", None),
        "another scheme": (right.replace("Bearer", "Basic"), None),
        "cut": (right[:-1], None),
        "longer": (right + "0", None),
        "wrong secret": (right[:-1] + other_digit, None),
        "wrong id": (right.replace("ek_", "ek_0"), None),
        "unsigned token": ("Bearer eyJhbGciOiJub25lIn0.e30.", None),
        "long": ("Bearer ek_" + "a" * 4000, None),
        "revoked": (revoked, None),
        "read only": (make_key(server, ["sessions:read"])[1], read),
        "write only": (make_key(server, ["sessions:write"])[1], write),
        "bindings read": (make_key(server, ["bindings:read"])[1], bindings[0]),
        "bindings write": (make_key(server, ["bindings:write"])[1],
                           bindings[1]),
        "figures": (make_key(server, ["metrics"])[1], {"metrics"}),
        "other tenant": (make_key(server, ["admin"], org)[1], everything),
        "right": (right, everything),
    }


def expected(name, worth, scope, path):
    """Statuses that may come, by the route's row alone."""
    if scope == "none":
        return {200}
    if worth is None:
        return {401}
    if scope not in worth:
        return {403}
    if path.startswith("/service-bindings/"):
        return {404}  # the simulator has none
    if path == "/audit/key" or path.endswith("/audit/signature"):
        return {404} if name == "other tenant" and "{id}" in path else {501}
    if "{id}" in path:
        # The session has ended, so what would change it conflicts.
        return {404} if name == "other tenant" else {200, 202, 409}
    return {200, 201, 400}


def test_every_route_with_every_credential():
    port = free_port()
    with Server(backend="simulator", listen=f"127.0.0.1:{port}") as server:
        client = Tcp(port)
        keys = credentials(server)
        session = server.run({"code": "pass"})["id"]
        tried = 0
        for method, path, scope, has_body in routes():
            for name, (key, worth) in keys.items():
                own = session
                if "api-keys" in path and "{id}" in path:
                    own, _ = make_key(server, ["sessions:read"])
                elif path.startswith("/orgs/"):
                    own = "o-1"
                reply = client.ask(method, "/v1" + path.replace("{id}", own),
                                   key, BODIES.get(path, b"{}")
                                   if has_body else None)
                wanted = expected(name, worth, scope, path)
                assert reply.status in wanted, (method, path, name,
                                                reply.status, reply.body)
                if reply.status == 401:
                    assert reply.code == "unauthorized", reply.body
                if reply.status == 403:
                    assert reply.code == "forbidden", reply.body
                if name == "other tenant":
                    assert session.encode() not in reply.body or (
                        reply.status == 404), reply.body
                tried += 1
        assert tried == len(list(routes())) * len(keys) and tried > 200
        print(f"  {tried} combinations")
        # The shape of a refusal never varies, nor does that of a 404.
        refusals = {reply.body.replace(reply.headers["X-Request-Id"].encode(),
                                       b"")
                    for key, worth in keys.values() if worth is None
                    for reply in [client.ask("GET", "/v1/sessions", key)]}
        assert len(refusals) == 1, refusals
        other = keys["other tenant"][0]
        pair = []
        for one in (session, NEVER):
            reply = client.ask("GET", f"/v1/sessions/{one}", other)
            pair.append(reply.body
                        .replace(reply.headers["X-Request-Id"].encode(), b"")
                        .replace(one.encode(), b"ID"))
        assert pair[0] == pair[1], pair


def test_who_may_not_read_gets_a_receipt():
    """Wherever a session can come back; on each route nothing of a result."""
    port = free_port()
    body = '{"code": "pass"}'
    with Server(backend="simulator", listen=f"127.0.0.1:{port}") as server:
        client = Tcp(port)
        _, write = make_key(server, ["sessions:write"])
        _, both = make_key(server, ["sessions:read", "sessions:write"])
        ended = client.ask("POST", "/v1/sessions?wait=30s", both, body, "k")
        assert ended.json["result"]["stdout"], ended.body
        own = ended.json["id"]
        server.audit(own)  # it is stored alone from here on
        slow = '{"code": "# simulate: hang"}'
        live = client.ask("POST", "/v1/sessions", both, slow, "l").json["id"]
        for status, wanted, *request in (
                (201, None, "POST", "/v1/sessions", write, body),
                (201, None, "POST", "/v1/sessions?wait=30s", write, body),
                (201, own, "POST", "/v1/sessions", write, body, "k"),
                (201, own, "POST", "/v1/sessions?wait=30s", write, body, "k"),
                (201, live, "POST", "/v1/sessions", write, slow, "l"),
                (202, live, "POST", "/v1/sessions?wait=1ms", write, slow, "l"),
                (202, live, "DELETE", f"/v1/sessions/{live}", write),
                (200, own, "DELETE", f"/v1/sessions/{own}", write)):
            reply = client.ask(*request)
            assert reply.status == status, (request, reply.status, reply.body)
            assert reply.json.keys() == {"id"}, reply.body
            assert wanted in (None, reply.json["id"]), reply.body
        for method, path, _, has_body in routes():
            for key in (write, make_key(server, ["metrics"])[1]):
                reply = client.ask(method, "/v1" + path.replace("{id}", own),
                                   key, b"{}" if has_body else None)
                assert path in ("/openapi.json", "/metrics") or (
                    b"succeeded" not in reply.body and
                    b"executed" not in reply.body), (method, path, reply.body)
        reply = client.ask("POST", "/v1/sessions?wait=30s", both, body, "k")
        assert reply.json["result"] == ended.json["result"], reply.body
        reply = client.ask("DELETE", f"/v1/sessions/{own}", both)
        assert reply.json["result"] == ended.json["result"], reply.body


def open_exchange(port, method, path, key, body=None):
    """A request that isn't answered yet; its connection."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request(method, path, body, {
        "Authorization": key, "Content-Type": "application/json"})
    return connection


def rest_of(stream):
    """What a stream has until it ends, and whether it was cut off."""
    try:
        return stream.read(), False
    except http.client.IncompleteRead as error:
        return error.partial, True


def test_a_revoked_key_hears_nothing_more():
    """Its streams are cut, its waits are refused; other keys' go on."""
    port = free_port()
    slow = '{"code": "# simulate: hang"}'
    with Server(backend="simulator", listen=f"127.0.0.1:{port}") as server:
        client = Tcp(port)
        gone_id, gone = make_key(server, ["sessions:read", "sessions:write"])
        _, kept = make_key(server, ["sessions:read", "sessions:write"])
        live = client.ask("POST", "/v1/sessions", kept, slow).json["id"]
        path = f"/v1/sessions/{live}/stream"
        streams = [open_exchange(port, "GET", path, key)
                   for key in (gone, gone, kept)]
        answers = [one.getresponse() for one in streams]
        assert [one.status for one in answers] == [200] * 3, answers
        for one in answers:
            assert one.readline().startswith(b"id: "), one
        waits = [open_exchange(port, "POST", "/v1/sessions?wait=60s", key,
                               slow) for key in (gone, kept)]
        wait_until(lambda: len(server.request(
            "GET", "/v1/sessions?phase=running").json["sessions"]) == 3, 10,
            "three sessions")
        assert server.request("DELETE", f"/v1/api-keys/{gone_id}"
                              ).status == 200
        for one in answers[:2]:
            text, cut = rest_of(one)
            assert cut and b"event: end" not in text, text
        refused = waits[0].getresponse()
        assert refused.status == 401, refused.status
        assert json.loads(refused.read())["error"]["code"] == "unauthorized"
        again = client.ask("GET", path, gone)
        assert again.status == 401, again.body
        # The sessions and other readers are where they were.
        for one in server.request("GET", "/v1/sessions").json["sessions"]:
            assert one["phase"] == "running", one
            server.request("DELETE", f"/v1/sessions/{one['id']}")
        text, cut = rest_of(answers[2])
        assert not cut and b"event: end" in text, text
        assert waits[1].getresponse().status == 201
        for one in streams + waits:
            one.close()


def test_a_key_revoked_while_a_body_comes_is_good_for_nothing():
    """A caller is judged by the head; revoking has it judged again."""
    port = free_port()
    body = b'{"code": "pass"}'
    with Server(backend="simulator", listen=f"127.0.0.1:{port}") as server:
        keys = [make_key(server, ["sessions:write"]) for _ in range(2)]
        answers = []
        with contextlib.ExitStack() as stack:
            open_ones = []
            for _, key in keys:
                one = stack.enter_context(
                    socket.create_connection(("127.0.0.1", port), 60))
                one.sendall(b"POST /v1/sessions HTTP/1.1\r\nHost: e\r\n"
                            b"Content-Type: application/json\r\n"
                            b"Expect: 100-continue\r\nConnection: close\r\n"
                            b"Authorization: %s\r\nContent-Length: %d\r\n\r\n"
                            % (key.encode(), len(body)))
                assert one.recv(4096).startswith(b"HTTP/1.1 100 "), key
                open_ones.append(one)
            assert server.request("DELETE", f"/v1/api-keys/{keys[0][0]}"
                                  ).status == 200
            for one in open_ones:
                one.sendall(body)
                answers.append(one.recv(4096)[:12])
        assert answers == [b"HTTP/1.1 401", b"HTTP/1.1 201"], answers


def test_figures_of_the_server_are_the_operators():
    """An organisation's admin neither has them nor can give them."""
    port = free_port()
    with Server(backend="simulator", listen=f"127.0.0.1:{port}") as server:
        client = Tcp(port)
        _, admin = make_key(server, ["admin"])
        _, figures = make_key(server, ["metrics"])
        assert server.request("GET", "/v1/metrics").status == 200
        assert client.ask("GET", "/v1/metrics", figures).status == 200
        assert client.ask("GET", "/v1/metrics", admin).code == "forbidden"
        for scopes in (["metrics"], ["sessions:read", "metrics"]):
            reply = client.ask("POST", "/v1/api-keys", admin,
                               json.dumps({"scopes": scopes}))
            assert reply.code == "forbidden", reply.body
        # What needs no key tells nothing of who uses the server.
        for path in ("healthz", "readyz"):
            assert client.ask("GET", "/v1/" + path).json.keys() <= {
                "ok", "backend", "backends", "backendHealthy", "ready", "reason"}


def test_keys_are_listed_by_organisation():
    """Root sees all of them; an admin those of its own; the revoked look so."""
    with Server(backend="simulator") as server:
        org = server.request("POST", "/v1/orgs", {"name": "acme"}).json["id"]
        own, key = make_key(server, ["admin"], org)
        gone, _ = make_key(server, ["admin"])
        server.request("DELETE", f"/v1/api-keys/{gone}")

        def enclave(*words, key=None):
            env = {**os.environ, "ENCLAVE_BASE_URL": f"unix:{server.socket}",
                   **({"ENCLAVE_API_KEY": key.split()[1]} if key else {})}
            return subprocess.run([str(BIN / "enclave"), *words], env=env,
                                  capture_output=True, text=True, timeout=60)
        rows = [line.split()[:3] for line in enclave(
            "keys", "list").stdout.splitlines()[1:]]
        assert sorted(rows) == sorted([[own, "active", "acme"],
                                       [gone, "revoked", "default"]]), rows
        for words, which in ((("--org", "acme"), None), (("--org", org), None),
                             ((), key)):
            done = enclave("keys", "list", *words, key=which)
            assert own in done.stdout and gone not in done.stdout, done
        found = json.loads(enclave("keys", "list", "--json").stdout)
        assert {one["id"]: one["revoked"] for one in found["apiKeys"]} == {
            own: False, gone: True}, found
        done = enclave("keys", "list", "--org", "none")
        assert done.returncode == 66, done
        # A key in place of its id is refused, and not repeated.
        secret = key.split()[1]
        done = enclave("keys", "revoke", secret)
        assert done.returncode == 64 and "not its id" in done.stderr, done
        assert secret[-20:] not in done.stderr, done
        other = {"Authorization": key}
        for asked, status in (("o-1", 404), ("o-99", 404), (org, 200)):
            reply = server.request("GET", f"/v1/api-keys?orgId={asked}", None,
                                   other)
            assert reply.status == status, (asked, reply.body)


def admin_lines(state, kind):
    """The data of all events of that kind in the admin log, of a dead server."""
    with sqlite3.connect(f"{state}/api/enclave.db") as database:
        lines = [json.loads(line) for (line,) in database.execute(
            "SELECT line FROM admin ORDER BY seq")]
    return [line["data"] for line in lines if line["type"] == kind]


def test_who_has_no_key_writes_few_lines():
    """However often it asks; and each request is counted, once."""
    state = tempfile.mkdtemp(prefix="enclave-test-")
    port = free_port()
    wrong = "Bearer ek_000000000000_" + "0" * 64
    asked = 0
    try:
        with Server(backend="simulator", listen=f"127.0.0.1:{port}",
                    state=state) as server:
            client = Tcp(port)
            _, read = make_key(server, ["sessions:read"])
            end = time.monotonic() + 8
            while time.monotonic() < end:
                for path in ("sessions", "metrics", "sessions/s-0-1/stream"):
                    for key in (None, wrong):
                        assert client.ask("GET", f"/v1/{path}", key
                                          ).status == 401
                        asked += 1
                # Who is known and refused is no such line either.
                assert client.ask("GET", "/v1/metrics", read).status == 403
            log = server.log.stat().st_size
            for _ in range(200):
                client.ask("GET", "/v1/sessions", wrong)
                asked += 1
            assert server.log.stat().st_size == log
        lines = admin_lines(state, "auth_failed")
        assert asked > 500 and sum(d["count"] for d in lines) == asked, (
            asked, lines)
        # Five at once, and one for what was left at the end.
        assert len(lines) <= 6, lines
        print(f"  {asked} requests, {len(lines)} lines")
    finally:
        shutil.rmtree(state, ignore_errors=True)
