"""Calls of services with a credential that the program never holds.

Upstreams are real (world.py), and keep what comes byte for byte.
"""

import contextlib
import threading
from pathlib import Path

from bindings import (CALLS, HOST, SITE, Upstream, answer, bind, call,
                      composed, denied, invoked, pids, request_of, run,
                      statuses, told, world_and_server)
from enclave_test import Server, need_gvisor
from secret_scan import (Scan, api_memory, known_value, memory_of,
                         new_secret, scanned)
from world_names import Name
from world_origins import blocks, deaf, digest_of_source

WEB = f"http://{SITE}:8080"


def test_the_scan_finds_what_is_there():
    """A program prints a value that it was given and nothing masks."""
    secret = new_secret()
    scan = Scan()
    with scan.watching(), Server() as server:
        for pid in pids(server, "enclaved") + pids(server, "enclave-api"):
            assert any(data for _, data in memory_of(pid)), pid
        server.run({"language": "python", "args": [secret],
                    "code": "import sys\nprint(sys.argv[1])"})
    for place in ("the response to POST", "enclave.db", "enclave-api"):
        assert any(place in one for one in scan.faults), scan.faults
    scan = Scan()
    with scan.watching(), Server() as server:
        server.run({"language": "python", "code":
                    "print('Bea' + 'rer ' + 'x' * 16)"})
    assert any("the response to POST" in one
               for one in scan.faults), scan.faults


def each_scheme(backend):
    """Upstreams get requests composed anew, with one credential."""
    with world_and_server(backend) as (world, server):
        clear, tls = Upstream(), Upstream()
        world.serve(SITE, 8080, clear)
        world.serve(SITE, 443, tls, certificate=[HOST])
        records = [
            bind(server, "by-bearer", WEB),
            bind(server, "by-header", WEB + "/base/", "header",
                 header="X-Api-Key"),
            bind(server, "by-name", f"https://{HOST}/v1", "basic",
                 username="me"),
            bind(server, "open", WEB, "none"),
            bind(server, "unmasked", f"https://{HOST}", maskSecret=False)]
        assert not api_memory(server), api_memory(server)
        own = {"Authorization": "Bearer mine", "X-Api-Key": "mine",
               "X_Api_Key": "mine", "Connection": "x-kept",
               "X-Kept": "no", "X-Other": "yes"}
        found, events = run(
            server, CALLS, records, [
                call("by-bearer", path="/models?q=1"),
                call("by-header", "POST", "/a", {"Content-Type": "a/b"},
                     "xyz"),
                call("by-name", "DELETE", "/models/1"),
                call("open", path="/x"), call("unmasked", path="/y"),
                call("by-bearer", path="/z", headers=own),
                call("by-header", path="/z", headers=own),
                call("open", path="/z", headers=own)])
        assert statuses(found) == [200] * 8, found
        assert all(one[2] == "hello" for one in found), found
        bearer, header, basic, _, plain = (one["line"] for one in records)
        where = f"{SITE}:8080"
        assert clear.heads == [
            composed("GET", "/models?q=1", where, bearer),
            composed("POST", "/base/a", where, header,
                     b"Content-Type: a/b\r\n", 3),
            composed("GET", "/x", where, b""),
            composed("GET", "/z", where, bearer,
                     b"X-Api-Key: mine\r\nX_Api_Key: mine\r\n"
                     b"X-Other: yes\r\n"),
            composed("GET", "/base/z", where, header, b"X-Other: yes\r\n"),
            composed("GET", "/z", where, b"",
                     b"X-Api-Key: mine\r\nX_Api_Key: mine\r\n"
                     b"X-Other: yes\r\n")], clear.heads
        assert clear.requests[1].body == b"xyz", clear.requests[1].body
        assert tls.heads == [
            composed("DELETE", "/v1/models/1", HOST, basic),
            composed("GET", "/y", HOST, plain,
                     b"Accept-Encoding: identity\r\n", masked=False)], (
            tls.heads)
        assert not clear.rests + tls.rests
        # The server's environment names a proxy and a key log; both are ignored.
        assert not Path(server.env["SSLKEYLOGFILE"]).exists()
        assert invoked(events, binding="by-bearer") == {
            ("GET", "/models", 200): 1, ("GET", "/z", 200): 1}, events
        assert invoked(events, binding="by-name") == {
            ("DELETE", "/models/1", 200): 1}, events
        assert sum(data["bytes"] for data in told(
            events, "binding_invoked")) == 8 * 5, events
        for record in records:
            assert told(events, "egress_allowed", via="connect", ip=SITE,
                        proto="tcp", rule=f"binding:{record['name']}"), events
        assert not told(events, "egress_denied") + told(
            events, "binding_denied"), events


@scanned
def test_each_scheme():
    each_scheme("native")


@scanned
def test_each_scheme_in_gvisor():
    need_gvisor()
    each_scheme("gvisor")


# Learns the credential from an upstream that says it in a form that isn't
# masked, and looks for it in all that it can read.
LOOK = r"""
import http.client, os, sys
base = os.environ["ENCLAVE_SVC_API"]
end = http.client.HTTPConnection(base[7:], timeout=30)
end.request("GET", "/reversed")
answer = end.getresponse()
said = answer.read()
secret = said[::-1].rstrip()
found = []
def look(what, data):
    if secret in data or secret[-20:] in data:
        found.append(what)
look("answer", said + str(answer.getheaders()).encode())
look("environment", repr(os.environ).encode())
for folder in ("/proc", "/work", "/workload", "/etc", "/tmp", "/run",
               "/var", "/dev/shm", "/opt", "/home", "/root"):
    for path, folders, names in os.walk(folder):
        if folder == "/proc":
            folders[:] = [one for one in folders if one in ("net", "sys") or
                          one.isdigit() and one != str(os.getpid())]
            if "/task" in path or "/sys/" in path:
                folders[:] = []
        for name in names:
            if name in ("kmsg", "mem", "pagemap", "clear_refs"):
                continue
            try:
                fd = os.open(path + "/" + name, os.O_RDONLY | os.O_NONBLOCK)
                try:
                    look(path + "/" + name, os.read(fd, 1 << 20))
                finally:
                    os.close(fd)
            except OSError:
                pass
import enclave
enclave.result([len(secret), found, base])
"""


def holds_nothing(backend):
    with world_and_server(backend) as (world, server):
        world.serve(SITE, 8080, Upstream(lambda request: answer(
            request.header("authorization").encode()[::-1])))
        record = bind(server, "api", WEB)
        found, _ = run(server, LOOK, [record])
        assert found == [len("Bearer " + record["secret"]), [],
                         "http://api.svc.enclave.internal"], found


@scanned
def test_the_program_holds_nothing():
    holds_nothing("native")


@scanned
def test_the_program_holds_nothing_in_gvisor():
    need_gvisor()
    holds_nothing("gvisor")


@scanned
def test_what_is_out_of_scope():
    with world_and_server() as (world, server):
        upstream = Upstream()
        world.serve("0.0.0.0", 8080, upstream)
        world.names["rebound.example.com"] = Name(a=["10.1.2.3"])
        narrow = bind(server, "narrow", WEB, scope={
            "methods": ["GET"], "paths": ["/v1/models", "/v1/files/*"]})
        bind(server, "other", WEB)
        inward = bind(server, "inward", "http://rebound.example.com:8080")
        found, events = run(
            server, CALLS, [narrow, inward], [
                call("narrow", path="/v1/models?a=/../b"),
                call("narrow", path="/v1/files/1/2"),
                call("narrow", "POST", "/v1/models"),
                call("narrow", "get", "/v1/models"),
                call("narrow", path="/v1/models/"),
                call("narrow", path="/v1/files/../models"),
                call("narrow", path="/v1/files/%2e%2e/x"),
                call("other"), call("nobody"), call("inward")])
        assert statuses(found)[:2] == [200, 200], found
        assert statuses(found)[2:9] == [403] * 7, statuses(found)
        assert found[9][0] == 403, found[9]
        assert [request.target for request in upstream.requests] == [
            "/v1/models?a=/../b", "/v1/files/1/2"], upstream.heads
        assert not world.packets_to("10.1.2.3"), world.packets()
        assert denied(events, binding="narrow") == {
            "method_not_in_scope": 2, "path_not_in_scope": 3}, events
        assert denied(events, binding="inward") == {
            "upstream_denied": 1}, events
        assert denied(events, reason="not_granted") == {
            "not_granted": 2}, events
        assert {data["binding"] for data in told(
            events, "binding_denied", reason="not_granted")} == {
                "other", "nobody"}, events
        assert not invoked(events, binding="inward"), events


@scanned
def test_a_rate_is_held():
    with world_and_server() as (world, server):
        upstream = Upstream()
        world.serve(SITE, 8080, upstream)
        record = bind(server, "api", WEB, rateLimit=3)
        found, events = run(server, CALLS, [record], [call("api")] * 5)
        assert statuses(found) == [200] * 3 + [429] * 2, found
        assert 1 <= int(found[-1][1]["Retry-After"]) <= 20, found[-1]
        assert len(upstream.requests) == 3
        assert denied(events) == {"rate_limited": 2}, events


# Sends a body of so many bytes to one, and reads one of the other.
BULK = r"""
import hashlib, http.client, json, os, sys
size = int(sys.argv[1])
base = os.environ["ENCLAVE_SVC_API"][7:]
def blocks():
    left, block = size, b"enclave" * 9362
    while left > 0:
        yield block[:left]
        left -= len(block)
found = []
end = http.client.HTTPConnection(base, timeout=60)
for headers in ({"Content-Length": str(size)}, {}):
    end.request("POST", "/up", blocks(), headers,
                encode_chunked=not headers)
    found.append(end.getresponse().read().decode())
    end.request("GET", "/down")
    answer, hashed = end.getresponse(), hashlib.sha256()
    while data := answer.read(1 << 18):
        hashed.update(data)
    found.append(hashed.hexdigest())
import enclave
enclave.result(found)
"""


def counted_up(request):
    """Reads a body piece by piece, and returns its length."""
    connection = request.connection
    left, count = connection.left, 0
    if request.header("transfer-encoding"):
        while True:
            while b"\r\n" not in left:
                left += connection.read()
            line, _, left = left.partition(b"\r\n")
            size = int(line, 16)
            count += size
            while len(left) < size + 2:
                left += connection.read()
            left = left[size + 2:]
            if size == 0:
                break
    else:
        count, size = len(left), int(request.header("content-length"))
        left = b""
        while count < size:
            count += len(connection.read())
    connection.left = left
    return str(count).encode()


def streamed(backend):
    size = (20 << 20) + 7

    def handler(request):
        if request.path == "/up":
            return answer(counted_up(request))
        request.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
        for block in blocks(size):
            request.send(block)
        return None
    with world_and_server(backend) as (world, server):
        upstream = Upstream(handler, streaming=True)
        origin = world.serve(SITE, 8080, upstream)
        found, events = run(server, BULK, [bind(server, "api", WEB)],
                            str(size))
        assert found == [str(size), digest_of_source(size)] * 2, found
        # After chunks a connection isn't used again.
        assert len(origin.connections) == 2, origin.connections
        assert sum(data["bytes"] for data in told(
            events, "binding_invoked", path="/down")) == 2 * size, events


@scanned
def test_bodies_stream():
    streamed("native")


@scanned
def test_bodies_stream_in_gvisor():
    need_gvisor()
    streamed("gvisor")


OLD = r"""
import http.client, os
import enclave
found = []
end = http.client.HTTPConnection(os.environ["ENCLAVE_SVC_API"][7:], timeout=20)
for path in ("/length", "/close", "/length"):
    end.request("POST", path, b"four")
    found.append(end.getresponse().read().decode())
end.request("POST", "/close", [b"four"], encode_chunked=True)
found.append(end.getresponse().status)
enclave.result(found)
"""


@scanned
def test_an_upstream_speaks_http_1_0():
    """Each response ends its connection; no body has chunks."""
    def handler(request):
        body = request.body
        request.send(b"HTTP/1.0 200 OK\r\n" + (
            b"Connection: keep-alive\r\nContent-Length: 4\r\n"
            if request.path == "/length" else b"") + b"\r\n" + body)
        if request.path == "/length":
            return None
        raise EOFError
    with world_and_server() as (world, server):
        origin = world.serve(SITE, 8080, Upstream(handler))
        found, _ = run(server, OLD, [bind(server, "api", WEB)])
        assert found == ["four"] * 3 + [502], found
        assert len(origin.connections) == 4, origin.connections


STALL = r"""
import os, socket, sys, time
base = os.environ["ENCLAVE_SVC_API"][7:]
end = socket.create_connection((base, 80), 20)
if sys.argv[1] == "up":
    end.sendall(b"POST / HTTP/1.1\r\nHost: %s\r\n"
                b"Content-Length: 1000000000\r\n\r\n" % base.encode())
else:
    end.sendall(b"GET / HTTP/1.1\r\nHost: %s\r\n\r\n" % base.encode())
end.setblocking(False)
sent = quiet = 0
while quiet < 20:
    try:
        if sys.argv[1] == "up":
            sent += end.send(b"x" * 65536)
            quiet = 0
            continue
    except BlockingIOError:
        pass
    quiet += 1
    time.sleep(0.05)
import enclave
enclave.result(sent)
"""


@scanned
def test_a_side_that_reads_nothing_holds_little():
    """Neither a deaf upstream nor a deaf program fills memory."""
    with world_and_server() as (world, server):
        world.serve(SITE, 8080, deaf)
        sent, down = [], world.serve(SITE, 8081, Upstream(
            lambda request: pour(request, sent)))
        up = bind(server, "api", WEB)
        found, _ = run(server, STALL, [up], "up")
        assert found < 16 << 20, found
        assert server.request(
            "DELETE", f"/v1/service-bindings/{up['id']}").status == 200
        found, _ = run(server, STALL, [bind(
            server, "api", f"http://{SITE}:8081")], "down")
        down.connections[0].wait()
        assert sum(sent) < 16 << 20, sum(sent)


def pour(request, sent):
    request.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
    while True:
        request.send(bytes(1 << 16))
        sent.append(1 << 16)


PIPELINED = r"""
import os, socket
base = os.environ["ENCLAVE_SVC_API"][7:]
host = base.encode()
end = socket.create_connection((base, 80), 20)
end.sendall(b"".join(
    b"%s /%d HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n\r\n%s" % (
        b"POST" if body else b"GET", number, host, len(body), body)
    for number, body in enumerate((
        b"", b"GET /inner HTTP/1.1\r\nHost: x\r\n\r\n", b"", b"")))
    + b"GET /../secret HTTP/1.1\r\nHost: %s\r\n\r\n" % host
    + b"GET /after HTTP/1.1\r\nHost: %s\r\n\r\n" % host)
data = b""
while more := end.recv(65536):
    data += more
import enclave
enclave.result(data.decode())
"""


@scanned
def test_requests_in_a_row():
    """One connection is enough, with and without pipelining."""
    with world_and_server() as (world, server):
        upstream = Upstream(lambda request: answer(request.path.encode()))
        origin = world.serve(SITE, 8080, upstream)
        record = bind(server, "api", WEB)
        found, events = run(server, CALLS, [record], [
            call("api", path=f"/{n % 3}") for n in range(50)])
        assert [one[2] for one in found] == [
            f"/{n % 3}" for n in range(50)], found
        assert len(origin.connections) == 1, origin.connections
        assert sum(invoked(events).values()) == 50, events
        del upstream.requests[:]
        found, events = run(server, PIPELINED, [record])
        assert [request.target for request in upstream.requests] == [
            "/0", "/1", "/2", "/3"], upstream.heads
        assert [found.find(f"\r\n\r\n/{n}") for n in range(4)] == sorted(
            found.find(f"\r\n\r\n/{n}") for n in range(4)), found
        assert found.count("HTTP/1.1 200 OK") == 4, found
        assert found.count("HTTP/1.1 ") == 5, found
        assert denied(events) == {"path_not_in_scope": 1}, events


# So many calls at once of one binding after the other.
CROWD = r"""
import http.client, os, sys, threading
found = []
def work(host):
    end = http.client.HTTPConnection(host, timeout=60)
    end.request("GET", "/")
    answer = end.getresponse()
    answer.read()
    found.append(answer.status)
    end.close()
for name in sorted(one for one in os.environ if "ENCLAVE_SVC_" in one):
    threads = [threading.Thread(target=work, args=(os.environ[name][7:],))
               for _ in range(int(sys.argv[1]))]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
import enclave
enclave.result({str(one): found.count(one) for one in set(found)})
"""


@scanned
def test_a_crowd_of_connections():
    """More than a gate may have open, and than it gets at once."""
    at_once = 36
    turn = threading.Barrier(at_once)

    def handler(_):
        with contextlib.suppress(threading.BrokenBarrierError):
            turn.wait(3)  # all of a binding are open together
        return answer()
    with world_and_server() as (world, server):
        upstream = Upstream(handler)
        world.serve(SITE, 8080, upstream)
        records = [bind(server, f"api-{n}", WEB) for n in range(32)]
        found, events = run(server, CROWD, records, str(at_once))
        assert found == {"200": 32 * at_once}, found
        assert sum(invoked(events).values()) == 32 * at_once, events


# Refused calls, each of a path of its own, and some that are allowed.
STORM = r"""
import http.client, os, sys, threading
host = os.environ["ENCLAVE_SVC_API"][7:]
found = []
def work(number):
    kept = http.client.HTTPConnection(host, timeout=30)
    for at in range(int(sys.argv[1])):
        end = http.client.HTTPConnection(host, timeout=30)
        end.request("GET", "/refused/%d/%d" % (number, at))
        found.append(end.getresponse().status)
        end.close()
        kept.request("GET", "/allowed")
        answer = kept.getresponse()
        answer.read()
        found.append(answer.status)
threads = [threading.Thread(target=work, args=(one,)) for one in range(8)]
for one in threads:
    one.start()
for one in threads:
    one.join()
import enclave
enclave.result({str(one): found.count(one) for one in set(found)})
"""


@scanned
def test_a_storm_of_refusals():
    """All are counted, in few lines, and allowed calls still work."""
    with world_and_server() as (world, server):
        upstream = Upstream()
        world.serve(SITE, 8080, upstream)
        record = bind(server, "api", WEB, scope={"paths": ["/allowed"]})
        found, events = run(server, STORM, [record], "100")
        assert found == {"200": 800, "403": 800}, found
        assert denied(events) == {"path_not_in_scope": 800}, denied(events)
        assert invoked(events) == {("GET", "/allowed", 200): 800}, events
        assert len(told(events, "binding_denied")) < 600, len(events)
        # Also of a log that is full.
        assert told(events, "usage_metered", bindingInvoked=800,
                    bindingDenied=800), events[-4:]


FORGE = r"""
import os, socket
host = os.environ["ENCLAVE_SVC_API"][7:]
found = []
for text in (b"GET /\x9b\x1b[1m", b"GET /%0d%0a{}", b"GET /a\n{\"type\":1}",
             b"X" * 33 + b" /", b"GET /" + b"a" * 60000,
             b"GET /\xe2\x80\xa8", b"GET /\0", b"GET /\xff",
             b"GET /" + b"%61" * 2000):
    with socket.create_connection((host, 80), 20) as end:
        try:
            end.sendall(b"%s HTTP/1.1\r\nHost: %s\r\n\r\n" % (
                text, host.encode()))
            found.append(end.recv(12).decode())
        except OSError:
            found.append("reset")
import enclave
enclave.result(found)
"""


@scanned
def test_nobody_forges_the_record():
    with world_and_server() as (world, server):
        upstream = Upstream()
        world.serve(SITE, 8080, upstream)
        session = server.run(request_of(
            FORGE, [bind(server, "api", WEB, scope={"paths": ["/"]})]))
        found = session["result"]["json"]
        bundle, events = server.audit(session["id"])
        assert all(one.startswith("HTTP/1.1 4") for one in found), found
        assert not upstream.requests, upstream.heads
        assert bundle.isascii() and b"\x1b" not in bundle, bundle
        assert max(map(len, bundle.splitlines())) < 8192
        assert sum(denied([(one["type"], one["data"]) for one in events]
                          ).values()) == len(found), events


CONTINUED = r"""
import os, socket
host = os.environ["ENCLAVE_SVC_API"][7:]
end = socket.create_connection((host, 80), 20)
found = []
for path in ("/", "/never"):
    end.sendall(b"POST %s HTTP/1.1\r\nHost: %s\r\nContent-Length: 5\r\n"
                b"Expect: 100-continue\r\n\r\n" % (path.encode(),
                                                  host.encode()))
    found.append(end.recv(100).decode().split("\r\n")[0])
    if path == "/":
        end.sendall(b"hello")
        found.append(end.recv(1000).decode()[-5:])
import enclave
enclave.result(found)
"""


@scanned
def test_a_body_that_waits():
    """A request that will be refused gets no 100 Continue."""
    with world_and_server() as (world, server):
        upstream = Upstream(lambda request: answer(request.body))
        world.serve(SITE, 8080, upstream)
        found, _ = run(server, CONTINUED, [bind(
            server, "api", WEB, scope={"paths": ["/"]})])
        assert found == ["HTTP/1.1 100 Continue", "hello",
                         "HTTP/1.1 403 Forbidden"], found
        assert upstream.requests[0].header("expect") is None


# Threads with a connection to each of two bindings, which they use by turns.
MIXED = r"""
import os, random, socket, sys, threading
THREADS, EACH = 8, int(sys.argv[1]) // 8
wrong = []
def work(seed):
    turn = random.Random(seed)
    ends, hosts = {}, {}
    for name in "ab":
        hosts[name] = os.environ["ENCLAVE_SVC_" + name.upper()][7:].encode()
        ends[name] = socket.create_connection((hosts[name], 80), 30)
        ends[name].setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    number = 0
    while number < EACH:
        name = turn.choice("ab")
        depth = turn.randrange(1, 5)
        wanted = b"".join(b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n"
                          b"%s%07d" % (name.encode(), number + at)
                          for at in range(depth))
        ends[name].sendall(b"".join(
            b"GET /%s?%07d HTTP/1.1\r\nHost: %s\r\n\r\n" % (
                name.encode(), number + at, hosts[name])
            for at in range(depth)))
        found = b""
        while len(found) < len(wanted):
            data = ends[name].recv(65536)
            if not data:
                break
            found += data
        if found != wanted:
            wrong.append([found.decode(), wanted.decode()])
            return
        number += depth
threads = [threading.Thread(target=work, args=(one,))
           for one in range(THREADS)]
for one in threads:
    one.start()
for one in threads:
    one.join()
import enclave
enclave.result(wrong)
"""


@scanned
def test_no_mix_up():
    """10,000 calls of two bindings of one host, randomly interleaved."""
    faults = []
    with world_and_server() as (world, server):
        lines = {}

        def handler(request):
            name, number = request.target[1:].split("?")
            if request.head.count(lines[name]) != 1 or \
                    request.head.count(b"uthorization") != 1:
                faults.append(request.head)
            return answer(f"{name}{number}".encode())
        upstream = Upstream(handler)
        world.serve(SITE, 8080, upstream)
        records = [bind(server, name, WEB) for name in "ab"]
        lines.update((one["name"], one["line"]) for one in records)
        found, events = run(server, MIXED, records, "10000", limits={
            "cpuSeconds": 300, "wallClockSeconds": 300})
        assert not found and not faults, (found[:3], faults[:3])
        assert len(upstream.requests) >= 10000, len(upstream.requests)
        assert sum(invoked(events).values()) == len(upstream.requests)


@scanned
def test_what_isnt_a_binding():
    """A wrong binding is refused when it is made."""
    with world_and_server() as (_, server):
        fine = {"name": "api", "upstream": f"https://{HOST}",
                "injection": {"scheme": "bearer"},
                "secret": known_value("correct horse battery staple")}
        for bad in (
                {"secret": "line\r\nX: " + "x" * 20}, {"secret": "é" * 20},
                {"secret": "x" * 8193}, {"secret": " " + "x" * 20},
                {"secret": "short"}, {"secret": ""},
                {"upstream": f"http://{HOST}"},
                {"upstream": f"https://me@{HOST}"},
                {"upstream": f"https://{HOST}/a/../b"},
                {"upstream": f"https://{HOST}/a?b"},
                {"name": "A"}, {"name": "a.b"}, {"name": "-a"},
                {"injection": {"scheme": "digest"}},
                {"injection": {"scheme": "basic", "username": "a:b"}},
                *({"injection": {"scheme": "header", "header": header}}
                  for header in ("Host", "Content-Length", "Connection",
                                 "Transfer-Encoding", "Proxy-Authorization",
                                 "", "a b", ":path")),
                {"scope": {"methods": ["TRACE"]}},
                {"scope": {"paths": ["/a*b"]}}):
            reply = server.request("POST", "/v1/service-bindings",
                                   {**fine, **bad})
            assert reply.status == 400, (bad, reply.status, reply.body)
        assert server.request("GET", "/v1/service-bindings").json == {
            "serviceBindings": []}
        assert server.request("POST", "/v1/service-bindings",
                              fine).status == 201
