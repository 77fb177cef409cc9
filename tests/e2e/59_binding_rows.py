"""Bindings row by row: the gate's own answers, limits, who is trusted.

56_proxy_rows.py has the bytes on the two connections of a call.
"""

import json
import os
import ssl
import tempfile
import time
from pathlib import Path

from bindings import (CALLS, HOST, SITE, Upstream, answer, begin, bind, call,
                      composed, denied, invoked, is_over, pids, run,
                      statuses, told, world_and_server)
from enclave_test import need_gvisor, wait_until
from pace import paced
from secret_scan import known_value, new_secret, scanned
from world_names import Name
from world_origins import Authority, memory_file, silent

WEB = f"http://{SITE}:8080"

# Says each text over a connection of its own: all that comes of it.
SAY = r"""
import json, socket, sys
found = []
with open("/work/texts.json") as file:
    texts = json.load(file)
for name, text in texts:
    with socket.create_connection(
            (name + ".svc.enclave.internal", 80), 20) as end:
        end.settimeout(20)
        data = b""
        try:
            end.sendall(text.encode("latin-1"))
            while more := end.recv(65536):
                data += more
        except OSError as error:
            data += type(error).__name__.encode()
        found.append(data.decode("latin-1"))
import enclave
enclave.result(found)
"""


def say(server, bindings, texts):
    """(what came of each text, the events of the calls)"""
    return run(server, SAY, bindings, files=[{
        "path": "texts.json", "content": json.dumps(texts)}])


def asked(name, target="/x", method="GET", headers="", host=None):
    return [name, f"{method} {target} HTTP/1.1\r\nHost: "
            f"{host or name + '.svc.enclave.internal'}\r\n{headers}\r\n"]


MARKUP = "<script>alert('%s')</script>" % ("\x1b[31m" * 3)


def hostile(secret):
    """Targets and headers that a page could repeat."""
    text = secret.replace(" ", "").replace("\"", "").replace("\\", "").replace(
        "<", "").replace(">", "")
    for value in (text, "a" * 7000, "%3Cscript%3Ealert(1)%3C/script%3E"):
        yield "/" + value, f"X: {MARKUP}\r\n".replace("\x1b", "")
        yield "/x?" + value, f"Referer: {value}\r\nUser-Agent: {value}\r\n"
    yield "/x", f"X: {secret}\r\nCookie: {secret}\r\n"


@scanned
def test_the_gates_own_answers():
    """Each is the same text, whatever was asked; nothing is repeated."""
    secret = new_secret()
    with world_and_server() as (world, server):
        world.names["inward.example.com"] = Name(a=["10.1.2.3"])
        world.serve(SITE, 8080, Upstream(lambda request: answer(
            b"hello", headers=[("Content-Encoding", "gzip")])))
        world.serve(SITE, 8443, lambda one: [
            one.read(), one.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")])
        upstreams = {
            "n-refused": WEB, "n-scoped": WEB, "n-narrow": WEB,
            "n-dead": f"http://{SITE}:9", "n-sick": WEB,
            "n-untrusted": f"https://{SITE}:8443",
            "n-inward": "http://inward.example.com:8080"}
        scopes = {"n-scoped": {"scope": {"paths": ["/only"]}},
                  "n-narrow": {"scope": {"methods": ["PUT"]}}}
        for name, upstream in upstreams.items():
            bind(server, name, upstream, secret=secret,
                 **scopes.get(name, {}))
        upstreams["n-stranger"] = None
        plain = [asked(name, headers="Upgrade: x\r\n" if name == "n-refused"
                       else "") for name in upstreams]
        found, _ = say(server, [name for name in upstreams
                                if name != "n-stranger"], plain)
        wanted = dict(zip(upstreams, found))
        assert [one.split(" ")[1] for one in found] == [
            "400", "403", "403", "502", "502", "502", "403", "403"], found
        for name, one in wanted.items():
            head, body = one.split("\r\n\r\n")
            assert {line.split(":")[0] for line in head.split("\r\n")[1:]} == {
                "Content-Type", "Content-Length", "Connection"}, head
            assert "Content-Type: application/json" in head, head
            error = json.loads(body)["error"]
            assert set(error) == {"code", "message"}, error
            assert name not in body and SITE not in body, body
        texts = [(name, asked(name, target, headers=headers + (
            "Upgrade: x\r\n" if name == "n-refused" else "")))
            for name in upstreams for target, headers in hostile(secret)]
        texts += [("n-refused", asked("n-refused", host=host)) for host in (
            "evil.example.com", MARKUP, secret, "a" * 60000)]
        found, _ = say(server, [name for name in upstreams
                                if name != "n-stranger"],
                       [text for _, text in texts])
        # Some targets aren't in scope, some requests aren't read.
        wrong = [(text, one) for (_, text), one in zip(texts, found)
                 if one not in wanted.values()]
        assert not wrong, wrong[:3]
        assert set(found) == set(wanted.values()), set(found)


# Begins a head, and says a byte of it twice a second, or nothing more: after
# how many seconds it is over, and what came. Meanwhile others are served.
SLOW = r"""
import http.client, select, socket, threading, time
host = "api.svc.enclave.internal"
head = b"GET /never HTTP/1.1\r\nHost: " + host.encode() + b"\r\nX: a"
found, served = [], []
def work(text, more):
    with socket.create_connection((host, 80), 20) as end:
        end.sendall(text)
        begin = time.monotonic()
        while not select.select([end], [], [], 0.5)[0]:
            if time.monotonic() > begin + 60:
                break
            end.send(more)
        try:
            data = end.recv(1000).decode()
        except OSError as error:
            data = type(error).__name__
        found.append([time.monotonic() - begin, data])
threads = [threading.Thread(target=work, args=pair) for pair in (
    (b"G", b""), (head, b""), (head, b"a"), (head + b"\r\n\r", b""))]
def wait():
    end = http.client.HTTPConnection("mute.svc.enclave.internal", timeout=60)
    begin = time.monotonic()
    end.request("GET", "/")
    answer = end.getresponse()
    mute.extend([time.monotonic() - begin, answer.status,
                 answer.read().decode()])
mute = []
threads.append(threading.Thread(target=wait))
for one in threads:
    one.start()
while any(one.is_alive() for one in threads):
    end = http.client.HTTPConnection(host, timeout=5)
    end.request("GET", "/")
    served.append(end.getresponse().status)
    time.sleep(0.5)
import enclave
enclave.result([found, sorted(set(served)), len(served), mute])
"""


@scanned
def test_slow_heads_and_handshakes():
    """Each has ten seconds, a head from its first byte."""
    with world_and_server() as (world, server):
        upstream = Upstream()
        world.serve(SITE, 8080, upstream)
        world.serve(SITE, 8443, silent)
        (found, served, count, mute), events = run(server, SLOW, [
            bind(server, "api", WEB),
            bind(server, "mute", f"https://{SITE}:8443")])
        assert served == [200] and count > 10, (served, count)
        assert len(found) == 4, found
        for seconds, data in found:
            assert 9 < seconds < 20 and data in (
                "", "ConnectionResetError"), found
        assert 9 < mute[0] < 20 and mute[1] == 504, mute
        assert '"upstream_timeout"' in mute[2], mute
        assert invoked(events, binding="mute") == {("GET", "/", 0): 1}, events
        assert {one.target for one in upstream.requests} == {"/"}
        assert not denied(events), events


# As many connections as go, each of which says nothing or half of a request.
CROWD = r"""
import http.client, socket
host = "api.svc.enclave.internal"
found, ends = {}, []
for at in range(100):
    try:
        end = socket.create_connection((host, 80), 20)
        end.sendall(b"GET /never HTTP/1.1\r\n" if at % 2 else b"G")
        end.settimeout(0.01 if len(ends) < 64 else 20)
        said = end.recv(100).decode() or "end"
    except TimeoutError:
        said = "open"
        ends.append(end)
    except OSError as error:
        said = type(error).__name__
    found[said] = found.get(said, 0) + 1
def ask():
    end = http.client.HTTPConnection(host, timeout=20)
    try:
        end.request("GET", "/")
        return end.getresponse().status
    except OSError as error:
        return type(error).__name__
last = [ask()]
ends.pop().close()
while (again := ask()) != 200 and len(last) < 100:
    last.append(again)
import enclave
enclave.result([found, last[0], again])
"""


@scanned
def test_connections_have_a_limit():
    """The next one is refused on record; each that ends makes room."""
    with world_and_server() as (world, server):
        upstream = Upstream()
        world.serve(SITE, 8080, upstream)
        found, events = run(server, CROWD, [bind(server, "api", WEB)])
        assert found == [{"open": 64, "ConnectionResetError": 36},
                         "ConnectionResetError", 200], found
        assert [one.target for one in upstream.requests] == ["/"]
        assert sum(one["count"] for one in told(
            events, "egress_denied", rule="connections-limit")) >= 37, events


AROUND = r"""
import json, socket, ssl, sys
found = []
for host, port in json.loads(sys.argv[1]):
    try:
        with socket.create_connection((host, port), 20) as end:
            end.sendall(b"GET /around HTTP/1.1\r\nHost: %s\r\n\r\n"
                        % host.encode())
            found.append(end.recv(100).decode("latin-1").split("\r\n")[0])
    except OSError as error:
        found.append(type(error).__name__)
import enclave
enclave.result(found)
"""


def around(backend):
    """An upstream is reached by its binding alone, or by an allowlist: then
    without a credential."""
    with world_and_server(backend) as (world, server):
        world.names["web.example.com"] = Name(a=[SITE])
        upstream = Upstream()
        world.serve(SITE, 8080, upstream)
        record = bind(server, "api", "http://web.example.com:8080",
                      scope={"paths": ["/only"]})
        ways = [("web.example.com", 8080), (SITE, 8080),
                ("api.svc.enclave.internal", 8080),
                ("api.svc.enclave.internal", 443)]
        found, events = run(server, AROUND, [record], json.dumps(ways))
        assert found == ["ConnectionResetError"] * 3 + [found[3]], found
        assert "200" not in found[3], found
        assert not world.packets() and not world.queries, world.packets()
        assert {(one["host"], one["port"], one["rule"]) for one in told(
            events, "egress_denied", via="connect")} == {
                ("web.example.com", 8080, "deny_all"),
                (SITE, 8080, "deny_all"),
                ("api.svc.enclave.internal", 8080, "binding: port 80 only"),
                ("api.svc.enclave.internal", 443, "binding: port 80 only")}, (
                    events)
        found, _ = run(server, AROUND, [record], json.dumps(ways), egress={
            "mode": "allowlist", "allow": ["web.example.com:8080", SITE]})
        assert found[:3] == ["HTTP/1.1 200 OK"] * 2 + [
            "ConnectionResetError"], found
        assert upstream.heads == [
            f"GET /around HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()
            for host in ("web.example.com", SITE)], upstream.heads


@scanned
def test_the_way_around_a_binding():
    around("native")


@scanned
def test_the_way_around_a_binding_in_gvisor():
    need_gvisor()
    around("gvisor")


def below(authority, constraint):
    """A context whose certificate has a CA between, limited to a name."""
    between = authority.make("between", [
        "basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign",
        f"nameConstraints=critical,{constraint}",
        "authorityKeyIdentifier=keyid"], authority.pem)
    leaf = authority.make("origin", [
        f"subjectAltName=DNS:{HOST}", "authorityKeyIdentifier=keyid",
        "extendedKeyUsage=serverAuth"], between)

    def context():
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        chain = memory_file(leaf + between[between.index("-----BEGIN CERT"):])
        try:
            made.load_cert_chain(f"/proc/self/fd/{chain}")
        finally:
            os.close(chain)
        return made
    return context


@scanned
def test_who_is_trusted():
    """By the server's own CAs alone, and as far as these let others go."""
    other = Authority()
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "ca.pem").write_text(other.certificate)
        Path(folder, "openssl.cnf").write_text("no configuration [")
        with world_and_server(env={
                "SSL_CERT_FILE": f"{folder}/ca.pem", "SSL_CERT_DIR": folder,
                "OPENSSL_CONF": f"{folder}/openssl.cnf",
                "CURL_CA_BUNDLE": f"{folder}/ca.pem"}) as (world, server):
            authority = world.trusted()
            upstream = Upstream()
            cases = {
                "within": (below(authority, f"permitted;DNS:{HOST}"), 200),
                "beside": (below(
                    authority, "permitted;DNS:other.example.com"), 502),
                "excluded": (below(
                    authority, "excluded;DNS:example.com"), 502),
                "other": (other.context_maker([HOST]), 502)}
            origins = {name: world.serve(SITE, 1000 + at, upstream,
                                         certificate=context)
                       for at, (name, (context, _)) in enumerate(
                           cases.items())}
            records = [bind(server, name, f"https://{HOST}:{1000 + at}")
                       for at, name in enumerate(cases)]
            found, _ = run(server, CALLS, records, [
                call(name) for name in cases])
            assert statuses(found) == [status for _, status in
                                       cases.values()], found
            assert len(upstream.requests) == 1, upstream.heads
            for name, (_, status) in cases.items():
                for one in origins[name].connections:
                    assert status == 200 or one.wait().count == 0, name


@scanned
def test_an_upstream_of_an_internal_network():
    """Root has named it; the one beside it is denied."""
    with world_and_server(extra=["--internal", "10.1.0.0/16"]) as (
            world, server):
        upstream = Upstream()
        world.serve("0.0.0.0", 8080, upstream)
        world.names["in.example.com"] = Name(a=["10.1.2.3"])
        records = [bind(server, name, f"http://{host}:8080")
                   for name, host in (("named", "in.example.com"),
                                      ("inside", "10.1.2.4"),
                                      ("beside", "10.2.0.1"))]
        found, events = run(server, CALLS, records, [
            call(one["name"]) for one in records])
        assert statuses(found) == [200, 200, 403], found
        assert len(upstream.requests) == 2, upstream.heads
        assert denied(events, binding="beside") == {"upstream_denied": 1}
        assert not world.packets_to("10.2.0.1"), world.packets()


@scanned
def test_what_a_secret_may_be():
    """Anything else is refused when it is made, and so when it is changed."""
    long = known_value("k" + "-0123456789abcdef" * 481 + "-end")[:8192]
    with world_and_server() as (world, server):
        upstream = Upstream(lambda request: answer(
            request.header("authorization").encode()))
        world.serve(SITE, 8080, upstream)
        made = bind(server, "longest", WEB, secret=long)
        assert len(long) > 8180, len(long)
        named = bind(server, "colon", WEB, "basic", username="mé",
                     secret=known_value("pass:word:0123456789"))
        path = f"/v1/service-bindings/{made['id']}"
        for bad in ("\r", "\n", "\0", "\x7f", "\t", "\x1b", "\xe9", "\u2028"):
            for secret in (bad + "x" * 20, "x" * 20 + bad,
                           "x" * 20 + bad + "x"):
                for reply in (
                        server.request("PUT", path + "/secret",
                                       {"secret": secret}),
                        server.request("POST", "/v1/service-bindings", {
                            "name": "new", "upstream": WEB, "secret": secret,
                            "insecureUpstream": True,
                            "injection": {"scheme": "bearer"}})):
                    assert reply.status == 400, (secret, reply.body)
                    assert b"x" * 20 not in reply.body, reply.body
        for secret in (" " + "x" * 20, "x" * 20 + " ", "x" * 8193, "x" * 15):
            assert server.request("PUT", path + "/secret", {
                "secret": secret}).status == 400, secret
        found, _ = run(server, CALLS, [made, named], [
            call("longest"), call("colon")])
        assert upstream.heads == [
            composed("GET", "/", f"{SITE}:8080", one["line"])
            for one in (made, named)], upstream.heads
        assert found[0][2] == "Bearer " + "*" * len(long), found[0][2][:99]
        assert set(found[1][2].removeprefix("Basic ")) <= set("*="), found


STALLED = r"""
import os, socket, sys, time
ends = []
for name, text in (("head", b"GET /head"), ("body", b"GET /body"),
                   ("up", b"POST /up"), ("tls", b"GET /tls")):
    host = os.environ["ENCLAVE_SVC_" + name.upper()][7:]
    end = socket.create_connection((host, 80), 20)
    end.sendall(text + b" HTTP/1.1\r\nHost: " + host.encode() + b"\r\n" + (
        b"Content-Length: 9\r\n\r\nhello" if name == "up" else b"\r\n"))
    ends.append(end)
lead = socket.create_connection(
    (os.environ["ENCLAVE_SVC_LEAD"][7:], 80), 20)
lead.sendall(b"GET / HTTP/1.1\r\nHost: lead.svc.enclave.internal\r\n\r\n")
lead.recv(1000)
for end in ends:
    end.close()
time.sleep(60)
"""


@scanned
def test_who_is_gone_holds_no_upstream():
    """Wherever it stalls: before a head, in a body, in one up, in TLS."""
    with world_and_server() as (world, server):
        def stall(request):
            if request.path == "/body":
                request.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhe")
            while not is_over(request.connection):
                time.sleep(0.02)
            raise EOFError
        origins = {
            "head": world.serve(SITE, 1000, Upstream(stall, streaming=True)),
            "body": world.serve(SITE, 1001, Upstream(stall, streaming=True)),
            "up": world.serve(SITE, 1002, silent),
            "tls": world.serve(SITE, 1003, silent)}

        def lead(_):
            wait_until(lambda: all(
                one.connections and one.connections[0].count
                for one in origins.values()), 20, "four calls")
            begun.append(time.monotonic())
            return answer()
        begun = []
        world.serve(SITE, 1004, Upstream(lead))
        records = [bind(server, name, f"http{'s' * (name == 'tls')}://{SITE}:"
                        f"{1000 + at}") for at, name in enumerate(
                            (*origins, "lead"))]
        session = begin(server, STALLED, records)
        wait_until(lambda: begun, 30, "four calls")
        for origin in origins.values():
            origin.connections[0].wait(20)
        assert time.monotonic() - begun[0] < paced(6), begun
        assert server.request("GET", f"/v1/sessions/{session}").json[
            "outcome"] is None
        server.request("DELETE", f"/v1/sessions/{session}")


WASTE = r"""
import http.client, os, socket, enclave
host = os.environ["ENCLAVE_SVC_API"][7:]
def resident():
    end = http.client.HTTPConnection(host, timeout=30)
    end.request("GET", "/resident")
    return int(end.getresponse().read())
def waste():
    for at in range(60):
        with socket.create_connection((host, 80), 20) as end:
            head = b"Host: %s\r\nX: %s\r\n" % (host.encode(), b"a" * 8000)
            if at % 3 == 0:
                end.sendall(b"POST /up HTTP/1.1\r\n" + head +
                            b"Content-Length: 900000\r\n\r\n" +
                            bytes(300000))
            elif at % 3 == 1:
                end.sendall(b"GET /down HTTP/1.1\r\n" + head + b"\r\n")
                end.recv(100000)
            else:
                end.sendall(b"GET /half HTTP/1.1\r\n" + head * 3)
waste()
found = [resident()]
for _ in range(4):
    waste()
    found.append(resident())
enclave.result(found)
"""


@scanned
def test_memory_of_calls_is_given_back():
    """Of those that end in the middle of a body, of a head, of an upload."""
    with world_and_server(pool=0) as (world, server):
        def handler(request):
            if request.path == "/resident":
                gate, = pids(server, "enclave-gate")
                status = Path(f"/proc/{gate}/status").read_text()
                line, = [one for one in status.splitlines()
                         if one.startswith("VmRSS:")]
                return answer(line.split()[1].encode())
            request.send(b"HTTP/1.1 200 OK\r\nContent-Length: 900000\r\n\r\n"
                         + bytes(300000))
            return None
        world.serve(SITE, 8080, Upstream(handler, streaming=True))
        found, _ = run(server, WASTE, [bind(server, "api", WEB)], limits={
            "cpuSeconds": 60})
        assert max(found) < found[0] + 2048, found  # KiB


WALK = r"""
import http.client, os, enclave
host = os.environ["ENCLAVE_SVC_API"][7:]
end = http.client.HTTPConnection(host, timeout=60)
found = {}
for number in range(3000):
    end.request("GET", f"/items/{number}")
    response = end.getresponse()
    response.read()
    found[response.status] = found.get(response.status, 0) + 1
enclave.result(found)
"""


@scanned
def test_a_walk_through_thousands_of_paths():
    """All calls are made and counted, though not every path has a line."""
    with world_and_server(pool=0) as (world, server):
        world.serve(SITE, 8080, Upstream())
        found, events = run(server, WALK, [bind(server, "api", WEB)], limits={
            "wallClockSeconds": 120, "cpuSeconds": 60})
        assert found == {"200": 3000}, found
        calls = invoked(events)
        assert sum(calls.values()) == 3000
        assert calls.pop(("(more)", "(more)", 200)) == 3000 - 512
        assert set(calls.values()) == {1} and len(calls) == 512
