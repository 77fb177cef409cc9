"""Service bindings in end-to-end tests.

An Upstream is an origin's answer (world_origins.py) that keeps each request
byte for byte. A program calls it through a binding; what must have come there
is composed(), and what must be on record is in invoked() and denied().
"""

import base64
import contextlib
import json
import socket
import threading

from enclave_test import Server, wait_until
from pace import paced
from secret_scan import new_secret
from world import CA_FILE, World
from world_names import Name

SITE = "93.184.215.20"
HOST = "api.example.com"

# Calls one after another: [binding, method, path, headers, body]. What comes
# of each: [status, headers, body], or [the error's name, {}, its text].
CALLS = r"""
import http.client, json, os, sys
ends, found = {}, []
for name, method, path, headers, body in json.loads(sys.argv[1]):
    base = os.environ.get("ENCLAVE_SVC_" + name.upper().replace("-", "_"),
                          "http://%s.svc.enclave.internal" % name)
    if name not in ends:
        ends[name] = http.client.HTTPConnection(base[7:], timeout=30)
    try:
        ends[name].request(method, path, body, headers)
        answer = ends[name].getresponse()
        found.append([answer.status, dict(answer.getheaders()),
                      answer.read().decode("latin-1")])
    except Exception as error:
        ends[name].close()
        found.append([type(error).__name__, {}, str(error)])
import enclave
enclave.result(found)
"""


def call(name, method="GET", path="/", headers=None, body=None):
    """A line of CALLS."""
    return [name, method, path, headers or {}, body]


def answer(body=b"hello", status="200 OK", headers=()):
    """A response, as an upstream writes it."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers)
    return (f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n"
            f"{lines}\r\n").encode("latin-1") + body


class Request:
    """A request that an upstream got."""

    def __init__(self, connection, head):
        self.connection, self.head, self.body = connection, head, b""
        line, *rest = head[:-4].decode("latin-1").split("\r\n")
        self.method, self.target, _ = line.split(" ")
        self.headers = [tuple(one.split(": ", 1)) for one in rest]

    def header(self, wanted):
        return next((value for name, value in self.headers
                     if name.lower() == wanted), None)

    @property
    def path(self):
        return self.target.split("?")[0]

    def send(self, data):
        self.connection.send(data)


class Upstream:
    """Answers each request with what handler(request) returns, if anything.

    With `streaming` the handler is called before the body has come, and reads
    it by request.connection.
    """

    def __init__(self, handler=None, streaming=False):
        self.handler = handler or (lambda request: answer())
        self.streaming = streaming
        self.requests = []
        self.rests = []  # what came and is no request

    def __call__(self, connection):
        left = b""
        connection.end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while True:
            while b"\r\n\r\n" not in left:
                data = connection.read()
                if not data:
                    if left:
                        self.rests.append(left)
                    return
                left += data
            head, _, left = left.partition(b"\r\n\r\n")
            request = Request(connection, head + b"\r\n\r\n")
            connection.left = left
            if not self.streaming:
                request.body, left = read_body(connection, request, left)
            self.requests.append(request)
            answered = self.handler(request)
            if answered is not None:
                request.send(answered)
            left = connection.left if self.streaming else left

    @property
    def heads(self):
        return [request.head for request in self.requests]


def read_body(connection, request, left):
    """(the bytes of the body as they came, those behind it)"""
    def need(is_there):
        nonlocal left
        while not is_there():
            data = connection.read()
            if not data:
                raise EOFError
            left += data
    if request.header("transfer-encoding"):
        at = 0
        while True:
            need(lambda: b"\r\n" in left[at:])
            end = left.index(b"\r\n", at) + 2
            size = int(left[at:end], 16)
            need(lambda: len(left) >= end + size + 2)
            at = end + size + 2
            if size == 0:
                return left[:at], left[at:]
    size = int(request.header("content-length") or 0)
    need(lambda: len(left) >= size)
    return left[:size], left[size:]


class Hold:
    """A handler that answers one path only after `gone` is set."""

    def __init__(self, path="/hold", handler=None):
        self.path, self.handler = path, handler or (lambda _: answer())
        self.came, self.gone = threading.Event(), threading.Event()
        self.cut = threading.Event()

    def __call__(self, request):
        if request.path == self.path:
            self.came.set()
            while not self.gone.wait(0.02):
                if is_over(request.connection):
                    self.cut.set()
                    raise EOFError
        return self.handler(request)

    def was_cut(self, seconds=20):
        """Whether the other side ends what is held, before it is let go."""
        return self.cut.wait(paced(seconds))


def is_over(connection):
    """Whether the other side of a connection in clear has ended it."""
    try:
        return connection.end.recv(
            1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def credential(scheme, secret, header=None, username=None):
    """The header line with the credential, as it must arrive."""
    if scheme == "none":
        return b""
    if scheme == "header":
        return f"{header}: {secret}\r\n".encode()
    if scheme == "basic":
        secret = base64.b64encode(f"{username}:{secret}".encode()).decode()
    return f"Authorization: {scheme.title()} {secret}\r\n".encode()


def composed(method, target, host, line, headers=b"", length=None,
             masked=True):
    """The head that an upstream must get, byte for byte."""
    return b"".join([
        f"{method} {target} HTTP/1.1\r\nHost: {host}\r\n".encode(), line,
        headers, b"Accept-Encoding: identity\r\n" if masked else b"",
        b"" if length is None else b"Content-Length: %d\r\n" % length,
        b"\r\n"])


@contextlib.contextmanager
def world_and_server(backend="native", state=None, **more):
    """A world with HOST, and a server that trusts the world's CA."""
    with World() as world:
        world.trusted()
        world.names[HOST] = Name(a=[SITE])
        extra = ["--ca-file", CA_FILE, *more.pop("extra", ())]
        env = more.pop("env", {})
        server = Server(backend=backend, wrapper=world.inside, state=state,
                        extra=extra, **more)
        server.env = {"SSLKEYLOGFILE": str(server.state / "keys"),
                      "https_proxy": "http://127.0.0.1:9",
                      "HTTPS_PROXY": "http://127.0.0.1:9", **env}
        with server:
            yield world, server


def bind(server, name, upstream, scheme="bearer", secret=None, **more):
    """Makes a binding; returns its record with the secret added."""
    injection = {"scheme": scheme, **{key: more.pop(key) for key in (
        "header", "username") if key in more}}
    body = {"name": name, "upstream": upstream, "injection": injection, **more}
    if scheme != "none":
        secret = secret or new_secret()
        body["secret"] = secret
        if upstream.startswith("http:"):
            body["insecureUpstream"] = True
    reply = server.request("POST", "/v1/service-bindings", body)
    assert reply.status == 201, reply.body
    return {**reply.json, "secret": secret,
            "line": credential(scheme, secret, injection.get("header"),
                               injection.get("username"))}


def rotate(server, record):
    """Gives a binding a new secret, and updates its record."""
    record["secret"] = new_secret()
    reply = server.request(
        "PUT", f"/v1/service-bindings/{record['id']}/secret",
        {"secret": record["secret"]})
    assert reply.status == 200, reply.body
    record["line"] = credential(record["injection"]["scheme"],
                                record["secret"],
                                record["injection"]["header"],
                                record["injection"]["username"])


def request_of(code, bindings, *args, **more):
    return {"code": code, "language": "python", "args": [
        one if isinstance(one, str) else json.dumps(one) for one in args],
            "serviceBindings": [one if isinstance(one, str) else one["name"]
                                for one in bindings], **more}


def run(server, code, bindings, *args, **more):
    """(the session's result, the events of its calls)"""
    session = server.run(request_of(code, bindings, *args, **more))
    assert session["outcome"] == "succeeded", session
    return session["result"]["json"], events_of(server, session["id"])


def begin(server, code, bindings, *args, **more):
    reply = server.request("POST", "/v1/sessions", request_of(
        code, bindings, *args, **more))
    assert reply.status == 201, reply.body
    return reply.json["id"]


def end(server, session, seconds=60):
    """(the result of a session that ends, the events of its calls)"""
    path = f"/v1/sessions/{session}"
    wait_until(lambda: server.request("GET", path).json["outcome"], seconds,
               "the end")
    found = server.request("GET", path).json
    assert found["outcome"] == "succeeded", found
    return found["result"]["json"], events_of(server, session)


def events_of(server, session):
    return [(event["type"], event["data"])
            for event in server.audit(session)[1]]


def told(events, kind, **members):
    return [data for name, data in events if name == kind and all(
        data.get(key) == value for key, value in members.items())]


def invoked(events, **members):
    """{(method, path, status): calls}; the first line of each is 0."""
    found, seen = {}, set()
    for data in told(events, "binding_invoked", **members):
        kind = (data["binding"], data["method"], data["path"])
        assert (data["count"] == 0) == (kind not in seen), (data, events)
        seen.add(kind)
        if data["count"]:
            key = (data["method"], data["path"], data["status"])
            found[key] = found.get(key, 0) + data["count"]
    return found


def denied(events, **members):
    """{reason: calls}"""
    found = {}
    for data in told(events, "binding_denied", **members):
        found[data["reason"]] = found.get(data["reason"], 0) + data["count"]
    return found


def statuses(found):
    return [one[0] for one in found]


def pids(server, wanted):
    return [pid for pid, name in server.children().items() if name == wanted]
