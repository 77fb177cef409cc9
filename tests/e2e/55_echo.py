"""A secret that comes back is masked, wherever the program could see it.

Upstreams echo the credential in every form of the list (src/wire/mask.h), cut
at every place. What a program learns by a form outside the list, and prints,
doesn't come out either. And neither when bytes come out nor how many tells
how much of a guess is right.
"""

import base64
import contextlib
import json
import secrets
import threading
import time
import urllib.parse

from alike import assert_alike, work_of
from bindings import (CALLS, HOST, SITE, Upstream, answer, begin, bind, call,
                      end, events_of, pids, run, statuses, told,
                      world_and_server)
from enclave_test import Unix, need_gvisor, wait_until
from secret_scan import (base64_forms, encodings, known_value, new_secret,
                         scanned)

WEB = f"http://{SITE}:8080"


def forms_of(value):
    """{name of a form: the value in it}, for all forms that are masked."""
    raw = value.encode()
    text = json.dumps(value)[1:-1]
    found = {
        "raw": raw, "hex": raw.hex().encode(),
        "HEX": raw.hex().upper().encode(),
        "quote": urllib.parse.quote(value, safe="").encode(),
        "quote path": urllib.parse.quote(value).encode(),
        "component": urllib.parse.quote(value, safe="!~*'()").encode(),
        "URI": urllib.parse.quote(value, safe="!~*'();/?:@&=+$,#").encode(),
        "form": urllib.parse.quote_plus(value).encode(),
        "%xx": "".join(f"%{one:02x}" for one in raw).encode(),
        "%XX": "".join(f"%{one:02X}" for one in raw).encode(),
        "JSON": text.encode(), "JSON /": text.replace("/", "\\/").encode(),
        "JSON <": unicode_of(text, "<>&", "04x"),
        "Gson": unicode_of(text, "<>&='", "04x"),
        ".NET": unicode_of(value.replace("\\", "\\\\"), "<>&'\"+`", "04X"),
        "segment": urllib.parse.quote(value, safe="~!$&'()*+,;=:@").encode(),
        "in a query": urllib.parse.quote(
            value, safe="~!$'()*+,;:@/?").encode(),
        "password": urllib.parse.quote(value, safe="~!$&'()*+,").encode(),
        "\\u00xx": "".join(f"\\u{one:04x}" for one in raw).encode(),
        "\\u00XX": "".join(f"\\u{one:04X}" for one in raw).encode()}
    found["quote lower"] = lower_percent(found["quote"])
    for at, form in enumerate(base64_forms(raw)):
        found[f"base64 {at}"] = form
    return found


def unicode_of(text, escaped, digits):
    """A JSON string in which some characters are \\u00xx."""
    return "".join(f"\\u{ord(one):{digits}}" if one in escaped else one
                   for one in text).encode()


def lower_percent(text):
    """Hex digits behind a percent sign in lower case."""
    first, *rest = text.split(b"%")
    return b"%".join([first, *(one[:2].lower() + one[2:] for one in rest)])


BEFORE, BEHIND = b"<before>", b"<behind>"

# Many calls by a few threads: how often each body came, of each path.
TALLY = r"""
import http.client, json, os, sys, threading
from collections import Counter
todo = [(path, number) for path, count in json.loads(sys.argv[1])
        for number in range(1, count + 1)]
found, lock = {}, threading.Lock()
def work():
    end = http.client.HTTPConnection(os.environ["ENCLAVE_SVC_API"][7:],
                                     timeout=60)
    while True:
        with lock:
            if not todo:
                return
            path, number = todo.pop()
        end.request("GET", "%s?%d" % (path, number))
        body = end.getresponse().read().decode("latin-1")
        with lock:
            found.setdefault(path, Counter())[body] += 1
threads = [threading.Thread(target=work) for _ in range(12)]
for one in threads:
    one.start()
for one in threads:
    one.join()
import enclave
enclave.result(found)
"""


def is_masked(body, form, loose):
    """Whether a body is masked, and nothing else changed in it.

    `loose` characters at each end may stay, as in base64.
    """
    if len(body) != len(BEFORE + form + BEHIND) or \
            not body.startswith(BEFORE) or not body.endswith(BEHIND):
        return False
    inner = body[len(BEFORE):len(body) - len(BEHIND)]
    return set(inner[loose:len(inner) - loose]) == {ord("*")} and (
        inner.count(b"*") >= len(form) - 2 * loose)


@scanned
def test_each_form_at_every_place():
    """A body that is cut anywhere within a form is masked all the same."""
    secret = new_secret()
    forms = forms_of(secret)
    names = dict(enumerate(forms))

    def handler(request):
        path, at = request.target.split("?")
        form = forms[names[int(path[1:])]]
        body, at = BEFORE + form + BEHIND, len(BEFORE) + int(at)
        if int(path[1:]) % 2:
            request.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
                         b"\r\n%x\r\n%s\r\n" % (at, body[:at]))
            time.sleep(0.003)
            return b"%x\r\n%s\r\n0\r\n\r\n" % (len(body) - at, body[at:])
        request.send(answer(body)[:at - len(body)])
        time.sleep(0.003)
        return body[at:]
    with world_and_server() as (world, server):
        world.serve(SITE, 8080, Upstream(handler))
        bind(server, "api", WEB, secret=secret)
        found, events = run(server, TALLY, ["api"], [
            [f"/{at}", len(forms[name]) - 1] for at, name in names.items()])
        for at, name in names.items():
            (body, count), = found[f"/{at}"].items()
            assert count == len(forms[name]) - 1, name
            assert is_masked(body.encode("latin-1"), forms[name],
                             int(name.startswith("base64"))), (name, body)
        masked = sum(data["count"] for data in told(
            events, "secret_redacted", binding="api", where="body"))
        assert masked == sum(len(form) - 1 for form in forms.values()), events


def echoed_everywhere(request):
    """The credential as it came, in headers and body, framed as asked."""
    value = request.header("authorization") or request.header("x-key")
    secret = value.split(" ", 1)[1] if " " in value and \
        request.header("authorization") else value
    if request.path == "/head":
        return answer(b"fine", "401 No " + secret, [
            ("WWW-Authenticate", f'Bearer realm="{secret}"'),
            ("Set-Cookie", f"a={secret}; b"), ("X-Value", value),
            ("Location", f"/there?{urllib.parse.quote(secret)}"),
            ("X-Base64", base64.b64encode(b"a" + secret.encode()).decode())])
    text = json.dumps({"you": secret, "said": [value]}).encode()
    if request.path == "/chunks":
        return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + (
            b"".join(b"1\r\n%c\r\n" % one for one in text)) + b"0\r\n\r\n"
    if request.path == "/close":
        request.send(b"HTTP/1.1 200 OK\r\n\r\n")
        for one in text:
            request.send(bytes([one]))
        with contextlib.suppress(OSError):
            request.connection.finish()
        raise EOFError
    return answer(text, headers=[("Content-Type", "application/json")])


def echoes(backend):
    with world_and_server(backend) as (world, server):
        world.serve(SITE, 8080, Upstream(echoed_everywhere))
        world.serve(SITE, 443, Upstream(echoed_everywhere),
                    certificate=[HOST])
        records = [
            bind(server, "bearer", WEB),
            bind(server, "header", f"https://{HOST}", "header",
                 header="X-Key"),
            bind(server, "basic", f"https://{HOST}", "basic", username="me")]
        calls = [call(record["name"], path=path) for record in records
                 for path in ("/head", "/chunks", "/plain", "/close")]
        found, events = run(server, CALLS, records, calls)
        assert statuses(found) == [401, 200, 200, 200] * 3, found
        for one in found:
            shown = json.dumps(one)
            assert "****************" in shown, one
            for record in records:
                assert not any(form.decode() in shown for form in
                               encodings(record["secret"])), (record, one)
        for record in records:
            places = {data["where"] for data in told(
                events, "secret_redacted", binding=record["name"])}
            assert places == {"header", "body"}, events
        # All of a body but the secret is as it was.
        said = json.loads(found[2][2])
        assert said["you"] == "*" * len(json.dumps(
            records[0]["secret"])[1:-1]), said


@scanned
def test_echoes():
    echoes("native")


@scanned
def test_echoes_in_gvisor():
    need_gvisor()
    echoes("gvisor")


# Decodes what it was told reversed, and shows it by all that it has.
SHOW = r"""
import base64, http.client, os, sys, time, urllib.parse
end = http.client.HTTPConnection(os.environ["ENCLAVE_SVC_API"][7:], timeout=30)
end.request("GET", "/")
secret = end.getresponse().read()[::-1].decode().split(" ", 1)[1]
raw = secret.encode()
shown = [secret, raw.hex(), base64.b64encode(raw).decode(),
         base64.urlsafe_b64encode(b"ab" + raw).decode(),
         urllib.parse.quote(secret), "".join("%%%02x" % one for one in raw)]
for one in shown:
    print("out", one, flush=True)
    print("err", one, file=sys.stderr, flush=True)
for one in secret:
    sys.stdout.write(one)
    sys.stdout.flush()
    time.sleep(0.002)
sys.stderr.write(secret[:-1])
sys.stderr.flush()
time.sleep(0.05)
sys.stderr.write(secret[-1])
import enclave
enclave.result({"value": secret, secret: [shown, len(secret)]})
"""


def shown(backend):
    with world_and_server(backend) as (world, server):
        world.serve(SITE, 8080, Upstream(lambda request: answer(
            request.header("authorization").encode()[::-1])))
        record = bind(server, "api", WEB)
        session = begin(server, SHOW, [record])
        # A reader of the stream sees no more than one of the result.
        stream = http_body(server, f"/v1/sessions/{session}/stream")
        found, events = end(server, session)
        result = server.request(
            "GET", f"/v1/sessions/{session}/result").json
        secret = record["secret"]
        for text in (json.dumps(result), stream.decode()):
            for form in encodings(secret):
                assert form.decode() not in text, form
        assert b"base64" in stream, stream
        for line in stream.splitlines():
            if line.startswith(b"data: ") and b"base64" in line:
                data = base64.b64decode(json.loads(line[6:])["base64"])
                assert not any(form in data for form in encodings(secret))
        stars = "*" * len(secret)
        long = "*" * len(json.dumps(secret)[1:-1])  # with its escapes
        assert found == {"value": long, long: [found[long][0],
                                               len(secret)]}, found
        lines = result["stdout"].splitlines()
        assert lines[0] == "out " + stars and lines[-1] == stars, lines
        assert len(lines) == 7, lines
        assert result["stderr"].splitlines()[-1] == stars, result["stderr"]
        counts = {data["where"]: 0 for data in told(events, "secret_redacted")}
        for data in told(events, "secret_redacted", binding="api"):
            counts[data["where"]] += data["count"]
        assert counts == {"stdout": 7, "stderr": 7, "result": 8}, counts


def http_body(server, path):
    """The headers of a response that ends by itself."""
    connection = Unix(server.socket)
    try:
        connection.request("GET", path)
        return connection.getresponse().read()
    finally:
        connection.close()


@scanned
def test_what_is_shown():
    shown("native")


@scanned
def test_what_is_shown_in_gvisor():
    need_gvisor()
    shown("gvisor")


@scanned
def test_what_isnt_masked():
    """A binding may have no mask; encoded bodies can't be masked."""
    with world_and_server() as (world, server):
        upstream = Upstream(lambda request: answer(
            request.header("authorization").encode(), headers=[
                ("Content-Encoding", "gzip")] if request.path == "/gzip"
            else []))
        world.serve(SITE, 8080, upstream)
        plain = bind(server, "plain", WEB, secret="tiny", maskSecret=False)
        bind(server, "masked", WEB)
        found, events = run(server, CALLS, ["plain", "masked"], [
            call("plain"), call("masked", path="/gzip",
                                headers={"Accept-Encoding": "gzip"}),
            call("masked", headers={"Range": "bytes=0-9"})])
        assert found[0][2] == f"Bearer {plain['secret']}", found
        assert statuses(found) == [200, 502, 200], found
        assert [request.header("accept-encoding")
                for request in upstream.requests] == ["identity"] * 3
        assert [request.header("range")
                for request in upstream.requests] == [None] * 3
        assert not told(events, "secret_redacted", binding="plain"), events


HOLD = 512  # bytes of a line that wait, see mask.h; for values of this length
FIRST, LINE = b"." * 300 + b"\n", b"." * 500  # what comes before a guess
REST = b"." * 40                              # and behind it


def out_of(count):
    """How many bytes of a text must be out after so many were given."""
    return len(FIRST) + max(0, count - len(FIRST) - HOLD)


def counts_of(guess):
    """How many bytes are given by each step: the first, then each byte."""
    first = len(FIRST + LINE)
    return list(range(first, first + len(guess) + len(REST) + 1))


def guesses_of(secret):
    """Guesses: right, wrong at the end, wrong at the beginning."""
    right = secret[:-3]
    return [right, right[:-1] + "_", "_" + right[1:]]


# For each guess: a step at a time, how many bytes have come out by then. What
# must be out by then is waited for.
WATCH = r"""
import json, os, socket, sys, time
host = os.environ["ENCLAVE_SVC_API"][7:]
def ask(end, path):
    end.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
lead = socket.create_connection((host, 80), 30)
def step(path):
    ask(lead, path)
    data = b""
    while not data.endswith(b"\r\n\r\n0"):
        data += lead.recv(1000)
found = []
for number, wanted in enumerate(json.loads(sys.argv[1])):
    end = socket.create_connection((host, 80), 30)
    ask(end, f"/body?{number}")
    head = b""
    while b"\r\n\r\n" not in head:
        head += end.recv(1)
    end.setblocking(False)
    seen, came = [], 0
    for least in wanted:
        step(f"/step?{number}")
        until = time.monotonic() + 2
        time.sleep(0.002)
        while True:
            try:
                came += len(end.recv(65536))
            except BlockingIOError:
                if came >= least or time.monotonic() > until:
                    break
                time.sleep(0.001)
        seen.append(came)
    found.append(seen)
    end.close()
import enclave
enclave.result(found)
"""


@scanned
def test_a_response_tells_nothing_of_a_guess():
    """After each byte, as many bytes are out for right as for wrong."""
    secret = new_secret()
    guesses = guesses_of(secret)
    bodies = {}

    def handler(request):
        path, number = request.target.split("?")
        guess = guesses[int(number)]
        if path == "/body":
            # Once its head is out, the first step may come.
            bodies[number] = [request, FIRST + LINE + guess.encode() + REST,
                              0, iter(counts_of(guess))]
            request.send(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n")
            return None
        body, text, at, counts = bodies[number]
        bodies[number][2] = next(counts)
        body.send(text[at:bodies[number][2]])
        return answer(b"0")
    with world_and_server() as (world, server):
        world.serve(SITE, 8080, Upstream(handler))
        bind(server, "api", WEB, secret=secret)
        wanted = [[out_of(count) for count in counts_of(guess)]
                  for guess in guesses]
        found, _ = run(server, WATCH, ["api"], wanted)
        assert found == wanted, [
            (guess, seen) for guess, seen, right in zip(
                guesses, found, wanted) if seen != right]


TYPE = r"""
import http.client, json, os, sys
end = http.client.HTTPConnection(os.environ["ENCLAVE_SVC_API"][7:], timeout=30)
def ask(path):
    end.request("GET", path)
    return end.getresponse().read()
guess = ask("/guess?" + sys.argv[1])[::-1]
os.write(1, sys.argv[2].encode())
ask("/step")
for one in guess + sys.argv[3].encode():
    os.write(1, bytes([one]))
    ask("/step")
"""


class Stream(threading.Thread):
    """Reads a session's stream, and counts the bytes of stdout."""

    def __init__(self, server, session):
        super().__init__(daemon=True)
        self.count, self.seen, self.wanted = 0, [], []
        self.end = Unix(server.socket)
        self.end.request("GET", f"/v1/sessions/{session}/stream")
        self.start()

    def run(self):
        kind = ""
        for line in self.end.getresponse():
            if line.startswith(b"event: "):
                kind = line[7:].strip()
            elif line.startswith(b"data: ") and kind == b"stdout":
                self.count += len(base64.b64decode(
                    json.loads(line[6:])["base64"]))
        self.end.close()

    def look(self):
        """What must be out by now is waited for, 2 s at most."""
        least = self.wanted[len(self.seen)]
        until = time.monotonic() + 2
        time.sleep(0.002)
        while self.count < least and time.monotonic() < until:
            time.sleep(0.001)
        self.seen.append(self.count)


@scanned
def test_output_tells_nothing_of_a_guess():
    secret = new_secret()
    guesses = guesses_of(secret)
    streams = []

    def handler(request):
        if request.path == "/guess":
            number = int(request.target.split("?")[1])
            wait_until(lambda: len(streams) > number, 20, "a stream")
            return answer(guesses[number].encode()[::-1])
        streams[-1].look()
        return answer()
    with world_and_server() as (world, server):
        world.serve(SITE, 8080, Upstream(handler))
        bind(server, "api", WEB, secret=secret)
        for at, guess in enumerate(guesses):
            session = begin(server, TYPE, ["api"], str(at),
                            (FIRST + LINE).decode(), REST.decode())
            one = Stream(server, session)
            one.wanted = [out_of(count) for count in counts_of(guess)]
            streams.append(one)
            path = f"/v1/sessions/{session}"
            wait_until(lambda path=path: server.request(
                "GET", path).json["outcome"], 30, "the end")
            one.join(20)
        for guess, one in zip(guesses, streams):
            assert one.seen == one.wanted, (guess, one.seen, one.wanted)
            # At the end all of it is out: none of them is the secret.
            assert one.count == len(FIRST + LINE + REST) + len(guess)


FLOOD = r"""
import http.client, os, sys
end = http.client.HTTPConnection(os.environ["ENCLAVE_SVC_API"][7:], timeout=60)
for path in sys.argv[1:]:
    end.request("GET", path)
    answer = end.getresponse()
    while answer.read(1 << 18):
        pass
import enclave
enclave.result("done")
"""


@scanned
def test_work_tells_nothing_of_a_guess():
    """The gate works as long for right guesses as for wrong ones.

    In each form that it looks for: one in which a byte takes six tells most
    of two. Wrong guesses look alike, down to their signs.
    """
    secret, other, size = new_secret(), new_secret(), 8 << 20
    plain, strange = (known_value(secrets.token_hex(20)) for _ in range(2))
    forms = {
        "begin": lambda value: value[:-16] + "_" * 16,
        "raw": lambda value: value[-11:],
        "hex": lambda value: value[-7:].encode().hex(),
        "percent": lambda value: "".join(
            f"%{ord(one):02X}" for one in value[-5:]),
        "unicode": lambda value: "".join(
            f"\\u{ord(one):04x}" for one in value[-3:])}
    texts = {f"/{name}/{kind}": write(value) for name, write in forms.items()
             for kind, value in (("right", secret), ("wrong", other))}
    # Nothing of this value is escaped in any form.
    forms["plain"] = forms["begin"]
    texts["/plain/right"] = forms["plain"](plain)
    texts["/plain/wrong"] = forms["plain"](strange)
    used, last = {}, []

    def handler(request):
        gate, = pids(server, "enclave-gate")
        if last:
            used.setdefault(last[0], []).append(work_of(gate) - last[1])
        last[:] = [request.path, work_of(gate)]
        text = texts[request.path].encode()
        return answer((text * (size // len(text) + 1))[:size])
    with world_and_server(pool=0) as (world, server):
        world.serve(SITE, 8080, Upstream(handler))
        bind(server, "api", WEB, secret=secret)
        bind(server, "other", WEB, secret=plain)

        def flood():
            used.clear()
            last.clear()
            run(server, FLOOD, ["api", "other"], *([*texts] * 5), "/raw/wrong")
            return used
        assert_alike([(f"/{name}/right", f"/{name}/wrong") for name in forms],
                     1.3, flood)


@scanned
def test_values_of_two_bindings():
    """A value that is a part of another one, and overlapping values."""
    inner = new_secret()
    outer = "outer-" + inner + "-outer"
    with world_and_server() as (world, server):
        world.serve(SITE, 8080, Upstream(lambda request: answer(
            f"{outer}|{inner}|{outer}".encode())))
        bind(server, "outer", WEB, secret=outer)
        bind(server, "inner", WEB, secret=inner)
        session = server.run({
            "code": CALLS, "language": "python",
            "args": [json.dumps([call("outer"), call("inner")])],
            "serviceBindings": ["outer", "inner"]})
        found = session["result"]["json"]
        for one in found:
            first, second, third = one[2].split("|")
            assert set(second) == {"*"} and inner not in one[2], one
            assert set(first) == set(third) == {"*"}, one
        events = events_of(server, session["id"])
        assert {data["binding"] for data in told(
            events, "secret_redacted", where="body")} == {"outer", "inner"}


# Puts what it has learned wherever a record could show it.
TELL = r"""
import http.client, os, socket, urllib.parse
host = os.environ["ENCLAVE_SVC_API"][7:]
def ask(method, path, headers={}):
    end = http.client.HTTPConnection(host, timeout=30)
    try:
        end.request(method, path, headers=headers)
        return end.getresponse().read()
    except (OSError, ValueError, http.client.HTTPException) as error:
        return str(error).encode()
    finally:
        end.close()
secret = ask("GET", "/")[::-1].decode().split(" ", 1)[1]
for form in (secret, urllib.parse.quote(secret, safe=""),
             urllib.parse.quote(secret), secret.encode().hex()):
    ask("GET", "/" + form)
    ask("GET", "/refused/" + form)
    ask("GET", "/ok?" + form)
    ask("GET", "/ok", {"X": form})
    ask(form, "/ok")
    for name in (form + ".example.com", form[:60] + ".svc.enclave.internal"):
        try:
            socket.getaddrinfo(name, 80)
        except (OSError, UnicodeError):
            pass
import enclave
enclave.result("done")
"""


@scanned
def test_what_is_on_record():
    """A program that knows a secret doesn't get it into the audit log."""
    secret = "sk-0123456789-" + "abcdefghij" * 2
    known_value(secret)
    with world_and_server() as (world, server):
        world.serve(SITE, 8080, Upstream(lambda request: answer(
            request.header("authorization").encode()[::-1])))
        bind(server, "api", WEB, secret=secret,
             scope={"paths": ["/*"], "methods": ["GET"]})
        session = server.run({"code": TELL, "language": "python",
                              "serviceBindings": ["api"]})
        assert session["outcome"] == "succeeded", session
        bundle, events = server.audit(session["id"])
        for form in encodings(secret):
            assert form not in bundle, (form, [
                one for one in bundle.splitlines() if form in one])
        assert [one for one in events if one["type"] == "binding_invoked" and
                "****" in one["data"]["path"]], events
