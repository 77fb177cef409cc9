"""The record and the secret surfaces, row by row.

Hostile text, and a secret, in every place that a line could repeat; a storm of
refusals beside calls; what processes that hold secrets leave behind; what a
secret shows by its length, its time, or by being the same.
"""

import contextlib
import http.client
import json
import os
from pathlib import Path

from alike import assert_alike, work_of
from allowlists import egress_of
from bindings import (CALLS, SITE, Hold, Upstream, answer, begin, bind, call,
                      denied, events_of, invoked, pids, request_of, rotate,
                      run, statuses, told, world_and_server)
from egress_rows import hello, records
from enclave_test import stat_of, verify, wait_until
from secret_scan import encodings, known_value, new_secret, scanned
from world_names import Name
from world_origins import echo, sink

WEB = f"http://{SITE}:8080"

# Says each text to a host and port.
SAY = r"""
import json, socket
with open("/work/texts.json") as file:
    texts = json.load(file)
found = []
for host, port, text in texts:
    try:
        with socket.create_connection((host, port), 20) as end:
            end.settimeout(20)
            end.sendall(text.encode("latin-1"))
            found.append(end.recv(100).decode("latin-1").split("\r\n")[0])
    except (OSError, UnicodeError) as error:
        found.append(type(error).__name__)
import enclave
enclave.result(found)
"""

API, GOOD = "api.svc.enclave.internal", "good.example.com"
LINE = '{"v":1,"seq":9,"type":"session_sealed"}'
FORGED = [
    "\n" + LINE, "\r\n" + LINE, "\r\n\r\ndata: x\n\n", '","type":"x', "\0",
    "\x1b[2J\x1b]0;x\x07", "\x9b31m", "\x85", "\xe2\x80\xa8", "\xe2\x80\xae",
    "\xff\xfe", "\xed\xa0\x80", "\\u0000", "%0a%0d", "<script>", "\x7f", "\t",
    "a" * 60 * 1024, "%61" * 20000]


def forgeries():
    """[(host, port, text)]; each is a request or none, and is refused."""
    for text in FORGED:
        yield API, 80, f"GET /{text} HTTP/1.1\r\nHost: {API}\r\n\r\n"
        yield API, 80, f"{text} / HTTP/1.1\r\nHost: {API}\r\n\r\n"
        yield API, 80, f"GET / HTTP/1.1\r\nHost: {text}\r\n\r\n"
        yield API, 80, f"GET / HTTP/1.1\r\nHost: {API}\r\nUpgrade: {text}" \
            "\r\n\r\n"
        yield GOOD, 80, f"GET / HTTP/1.1\r\nHost: {text}\r\n\r\n"
        yield GOOD, 80, f"{text} / HTTP/1.1\r\nHost: evil\r\n\r\n"
        yield GOOD, 443, records(hello(text.encode("latin-1")[:9000])
                                 ).decode("latin-1")


@scanned
def test_hostile_text_in_every_place():
    """One line for each, of printable characters, of a length with a limit."""
    with world_and_server() as (world, server):
        world.names[GOOD] = Name(a=[SITE])
        origins = [world.serve(SITE, port, sink) for port in (80, 443)]
        upstream = Upstream()
        world.serve(SITE, 8080, upstream)
        bind(server, "api", WEB, scope={"paths": ["/never"]})
        texts = list(forgeries())
        session = server.run(request_of(SAY, ["api"], files=[{
            "path": "texts.json", "content": json.dumps(texts)}], egress={
                "mode": "allowlist", "allow": [GOOD, GOOD + ":80"]}))
        assert session["outcome"] == "succeeded", session
        assert not upstream.requests and not any(
            one.connections for one in origins), upstream.heads
        bundle, events = server.audit(session["id"])
        assert verify(bundle)[0] == 0, verify(bundle)
        assert all(byte == 10 or 32 <= byte < 127 for byte in bundle)
        assert max(map(len, bundle.splitlines())) < 8192
        kinds = [event["type"] for event in events]
        assert kinds.count("session_sealed") == 1, kinds
        events = [(event["type"], event["data"]) for event in events]
        assert sum(denied(events).values()) == len(
            [one for one in texts if one[0] == API]), denied(events)
        assert sum(one["count"] for one in told(
            events, "egress_denied", host=GOOD, via="connect")) == len(
                [one for one in texts if one[0] == GOOD]), events


def places(form):
    """[(host, port, text)] that have a form of a secret somewhere."""
    label = form[:63]
    for host in (f"{label}.example.com", f"{label}.example.org",
                 f"{label}.svc.enclave.internal"):
        yield host, 8080, form
        yield host, 80, f"GET /{form} HTTP/1.1\r\nHost: {host}\r\n\r\n"
        yield host, 443, records(hello(host.encode())).decode("latin-1")
    yield GOOD, 80, f"GET / HTTP/1.1\r\nHost: {label}\r\n\r\n"
    yield GOOD, 443, records(hello(label.encode())).decode("latin-1")
    for target in ("/" + form, "/ok?" + form, "/never/" + form):
        yield API, 80, f"GET {target} HTTP/1.1\r\nHost: {API}\r\n\r\n"
    yield API, 80, f"{form} /ok HTTP/1.1\r\nHost: {API}\r\n\r\n"
    yield API, 80, f"GET /ok HTTP/1.1\r\nHost: {label}.svc\r\n\r\n"
    yield API, 80, f"GET /ok HTTP/1.1\r\n{form}: x\r\nHost: {API}\r\n\r\n"


@scanned
def test_a_secret_in_every_place():
    """In names that are allowed, too; the line is there, without it."""
    secret = known_value("sk-0123456789-" + "abcdefghij" * 2)
    forms = [secret, secret.encode().hex(), "".join(
        f"%{byte:02x}" for byte in secret.encode())]
    with world_and_server() as (world, server):
        world.names[GOOD] = Name(a=[SITE])
        world.serve(SITE, 8080, Upstream())
        for port in (80, 443):
            world.serve(SITE, port, echo)
        bind(server, "api", WEB, secret=secret,
             scope={"paths": ["/*"], "methods": ["GET"]})
        texts = [one for form in forms for one in places(form)]
        # What the program is told by argument it doesn't get masked: so the
        # text is put together in the session.
        halves = json.dumps(texts).replace(secret[:20], "@1").replace(
            secret.encode().hex()[:40], "@2").replace("%73%6b%2d", "@3")
        code = SAY.replace("json.load(file)", (
            "json.loads(file.read().replace('@1', 'sk-012345' + "
            "'6789-abcdef').replace('@2', b'sk-0123456789-abcdef'.hex())"
            ".replace('@3', '%73%6b' + '%2d'))"))
        session = server.run(request_of(code, ["api"], files=[{
            "path": "texts.json", "content": halves}], egress={
                "mode": "allowlist", "allow": [
                    GOOD, GOOD + ":80", "*.example.com",
                    "*.example.com:80", "*.example.com:8080"]}))
        assert session["outcome"] == "succeeded", session
        bundle, _ = server.audit(session["id"])
        for form in encodings(secret):
            assert form not in bundle, [
                one for one in bundle.splitlines() if form in one]
        events = events_of(server, session["id"])
        hosts = {data["host"] for kind, data in egress_of(
            server, session["id"])}
        assert any("****" in one and one.endswith(".example.com")
                   for one in hosts), hosts
        assert any("****" in one and one.endswith(".example.org")
                   for one in hosts), hosts
        assert sum(invoked(events).values()) + sum(
            denied(events).values()) >= 6 * len(forms), events


NAMED = r"""
import os, socket, enclave
host = os.environ["ENCLAVE_SVC_API"][7:]
with socket.create_connection((host, 80), 20) as end:
    end.sendall(b"GET / HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n"
                % host.encode())
    data = b""
    while more := end.recv(65536):
        data += more
enclave.result(data.decode("latin-1"))
"""


@scanned
def test_a_secret_as_the_name_of_a_header():
    """Of a response, and in all that stands beside a header's value."""
    secret = known_value("sk-0123456789-" + "abcdefghij" * 2)
    with world_and_server() as (world, server):
        def echoed(request):
            value = request.header("authorization").split(" ")[1]
            return answer(b"fine", "200 " + value, [
                ("a" + value, "1"), (value + "-X", "2"),
                (value.encode().hex(), "3"), ("X", f"{value}, {value}"),
                ("Connection", value), (value, "dropped"),
                ("Trailer", value), ("Set-Cookie", f"{value}=a"),
                ("Content-Type", f"text/{value}"), ("ETag", f'"{value}"'),
                ("Content-Location", "/" + value)])
        world.serve(SITE, 8080, Upstream(echoed))
        found, events = run(server, NAMED, [bind(server, "api", WEB,
                                                 secret=secret)])
        assert found.startswith("HTTP/1.1 200 OK\r\n"), found
        assert found.endswith("\r\n\r\nfine"), found
        for form in encodings(secret):
            assert form.decode() not in found, (form, found)
        # Nine are seen; those in what is dropped may be counted, too.
        assert 9 <= sum(data["count"] for data in told(
            events, "secret_redacted", where="header")) <= 12, (events, found)


# 100,000 datagrams to as many destinations, while calls are made: how many,
# and how long the longest took.
STORM = r"""
import http.client, os, socket, threading, time
host = os.environ["ENCLAVE_SVC_API"][7:]
sent, over = [0], threading.Event()
def storm():
    end = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for at in range(100000):
        if at % 20 == 0:
            end.close()
            end = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sent[0] += end.sendto(b"x", ("20.%d.%d.%d" % (
            at >> 16, at >> 8 & 255, at & 255), 9)) == 1
    over.set()
times, wrong = [], []
end = http.client.HTTPConnection(host, timeout=30)
def ask():
    begin = time.monotonic()
    end.request("GET", "/%d" % (len(times) % 3))
    answer = end.getresponse()
    if answer.read() != b"hello" or answer.status != 200:
        wrong.append(answer.status)
    times.append(time.monotonic() - begin)
late = http.client.HTTPConnection(
    os.environ["ENCLAVE_SVC_LATE"][7:], timeout=30)
late.connect()
# What is tried for the first time after 512 destinations isn't let through.
for _ in range(3):
    ask()
thread = threading.Thread(target=storm)
thread.start()
while not over.is_set() or len(times) < 200:
    ask()
thread.join()
late.request("GET", "/")
answer = late.getresponse()
import enclave
enclave.result([sent[0], len(times), max(times), wrong,
                [answer.status, answer.read().decode()]])
"""


@scanned
def test_a_storm_beside_calls():
    """All are counted, in few lines, and no call waits for them."""
    with world_and_server() as (world, server):
        world.serve(SITE, 8080, Upstream())
        upstream = Upstream()
        world.serve(SITE, 8081, upstream)
        session = server.run(request_of(
            STORM, [bind(server, "api", WEB),
                    bind(server, "late", f"http://{SITE}:8081")],
            limits={"cpuSeconds": 60}))
        assert session["outcome"] == "succeeded", session
        sent, calls, longest, wrong, late = session["result"]["json"]
        assert late[0] == 503 and "can't be recorded" in late[1], late
        assert not upstream.requests, upstream.heads
        assert sent == 100000 and not wrong, (sent, wrong[:9])
        assert longest < 5, longest
        bundle, _ = server.audit(session["id"])
        assert verify(bundle)[0] == 0, verify(bundle)
        assert len(bundle) < 2 << 20, len(bundle)
        events = events_of(server, session["id"])
        assert sum(data["count"] for via in ("datagram", "packet")
                   for data in told(events, "egress_denied", proto="udp",
                                    via=via)) == sent, events[-9:]
        assert sum(invoked(events, binding="api").values()) == calls, (
            calls, events[-9:])
        order = [event["seq"] for event in server.audit(session["id"])[1]]
        assert order == list(range(len(order))), order[:9]


def spoil(pid):
    """Lets a process that sleeps in a system call crash when it wakes.

    A signal would do nothing to the first process of a namespace.
    """
    def called():
        fields = Path(f"/proc/{pid}/syscall").read_text().split()
        return fields if len(fields) > 2 else None
    fields = wait_until(called, 10, "a process that sleeps")
    undefined = {"x86_64": b"\x0f\x0b", "aarch64": bytes(4)}
    with open(f"/proc/{pid}/mem", "r+b", buffering=0) as memory:
        memory.seek(int(fields[-1], 16))
        memory.write(undefined[os.uname().machine])


@scanned
def test_what_holders_of_secrets_leave_behind():
    """No core, no memory that others may read, nothing when they crash."""
    with world_and_server(pool=0) as (world, server):
        hold = Hold()
        world.serve(SITE, 8080, Upstream(hold))
        record = bind(server, "api", WEB)
        session = begin(server, CALLS, [record], [call("api", path="/hold")])
        assert hold.came.wait(30)
        folders = {Path(f"/proc/{pid}/cwd").resolve()
                   for pid in server.children()} | {
                       Path("/"), Path("/tmp"), Path("/var/tmp"), Path.cwd()}
        before = cores_in(folders)
        for name in ("enclave-gate", "enclave-vault", "enclave-api"):
            pid, = pids(server, name)
            limits = Path(f"/proc/{pid}/limits").read_text()
            line, = [one for one in limits.splitlines()
                     if one.startswith("Max core file size")]
            assert line.split()[4:6] == ["1", "1"], (name, line)
            status = Path(f"/proc/{pid}/status").read_text()
            assert "\nUid:\t0\t" not in status, (name, status)
            # Root's is what nobody else may dump or trace.
            assert os.stat(f"/proc/{pid}/mem").st_uid == 0, name
        vault, = pids(server, "enclave-vault")
        status = dict(line.split(":\t", 1) for line in Path(
            f"/proc/{vault}/status").read_text().splitlines() if ":\t" in line)
        assert int(status["VmLck"].split()[0]) > 0, status["VmLck"]
        secret = f"/v1/service-bindings/{record['id']}/secret"
        for name, wake in (
                ("enclave-vault", lambda: server.request(
                    "PUT", secret, {"secret": new_secret()})),
                ("enclave-gate", hold.gone.set),
                ("enclave-api", lambda: server.request("GET", "/v1/healthz"))):
            pid, = pids(server, name)
            spoil(pid)
            with contextlib.suppress(OSError, http.client.HTTPException):
                wake()
            wait_until(lambda pid=pid: stat_of(pid) is None or stat_of(
                pid)[1] == "Z", 20, f"the end of {name}")
        path = f"/v1/sessions/{session}"
        wait_until(lambda: ended(server, path), 30, "its end")
        assert cores_in(folders) == before
        wait_until(lambda: pids(server, "enclave-vault"), 20, "a vault")
        log = server.log.read_text()
        assert "signal 4" in log or "SIGILL" in log or "llegal" in log, log
        found, _ = run(server, CALLS, [record], [call("api")])
        assert statuses(found) == [200], found


def ended(server, path):
    try:
        return server.request("GET", path).json["outcome"]
    except (OSError, KeyError, http.client.HTTPException):
        return None


def cores_in(folders):
    return {str(path) for folder in folders
            for path in folder.glob("*core*") if path.is_file()}


def shape(value):
    """An answer without what differs by nature."""
    return {name: type(one).__name__ if name in (
        "id", "name", "createdAt", "updatedAt", "secretUpdatedAt") else one
            for name, one in value.items()}


@scanned
def test_a_secret_shows_by_nothing():
    """Not its length, not its begin, not whether a guess is right."""
    with world_and_server() as (_, server):
        path = "/v1/service-bindings"
        short = bind(server, "a", WEB, secret=known_value("0123456789abcde-"))
        long = bind(server, "b", WEB, secret=known_value(
            new_secret() * 150)[:8192])
        replies = [server.request("GET", f"{path}/{one['id']}")
                   for one in (short, long)]
        assert len({len(one.body) for one in replies}) == 1, replies
        assert shape(replies[0].json) == shape(replies[1].json), replies
        rotate(server, short)
        rotate(server, long)
        after = [server.request("GET", f"{path}/{one['id']}").json
                 for one in (short, long)]
        assert shape(after[0]) == shape(after[1]), after
        for one, former in zip(after, replies):
            assert {name for name in one if one[name] != former.json[name]} \
                == {"secretUpdatedAt", "updatedAt", "version"}, (one, former)
        # Setting what is set already is a change like any other.
        right = short["secret"]
        guesses = {"right": right, "wrong": new_secret()[:len(right)],
                   "begin": known_value(right[:-1] + "_")}
        version = after[0]["version"]
        workers = pids(server, "enclave-api") + pids(server, "enclave-vault")
        assert len(workers) == 2, workers

        def put(value):
            nonlocal version
            version += 1
            before = work_of(*workers)
            reply = server.request("PUT", f"{path}/{short['id']}/secret",
                                   {"secret": value})
            assert reply.status == 200, reply.body
            assert reply.json["version"] == version, reply.json
            return work_of(*workers) - before

        def guess_all():
            used = {kind: [] for kind in guesses}
            for _ in range(15):
                for kind, guess in guesses.items():
                    put(right)
                    used[kind].append(put(guess))
            return used
        assert_alike([guesses], 1.3, guess_all)
