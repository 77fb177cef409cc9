"""Malformed requests and responses, row by row (proxy_rows.py).

A program sends the raw bytes of a row, whole and one byte at a time, and then
a plain request over the same connection, if that is still open. The upstream
must get either nothing, or exactly the composed request.
"""

import collections
import json
import time

from bindings import (SITE, Upstream, answer, bind, composed, denied,
                      events_of, request_of, told, world_and_server)
from enclave_test import need_gvisor
from proxy_rows import (ABORTED, BAD, CUT, REQUESTS, RESPONSES, STRAY, Given,
                        Passed, Refused)
from secret_scan import scanned

PORT, BASE = 8080, "/v1/acct"
NAMES = {"@H": "api", "@K": "key", "@N": "name"}
HOSTS = {mark: f"{name}.svc.enclave.internal" for mark, name in NAMES.items()}
AUTHORITY = f"{SITE}:{PORT}"
STEPS_MAX = 1000  # a longer text goes in pieces of several bytes
SENTINEL = "/sentinel"

# Plays rows: [number, host, bytes, step, number of answers]. What comes:
# [[[status, headers, body, whole], ...], how it ended]
PLAYER = r"""
import json, queue, socket, sys, threading, time
with open("/work/rows.json") as file:
    rows = json.load(file)
THREADS, PAUSE = int(sys.argv[1]), float(sys.argv[2])

class Gone(Exception):
    pass

class Reader:
    def __init__(self, end):
        self.end, self.left = end, b""
    def more(self):
        data = self.end.recv(65536)
        if not data:
            raise Gone("end")
        self.left += data
    def line(self):
        while b"\r\n" not in self.left:
            self.more()
        line, _, self.left = self.left.partition(b"\r\n")
        return line
    def exactly(self, size):
        while len(self.left) < size:
            self.more()
        data, self.left = self.left[:size], self.left[size:]
        return data
    def answer(self, to_head):
        _, status, reason = self.line().decode("latin-1").split(" ", 2)
        status, headers = int(status), [[":reason", reason]]
        while line := self.line():
            name, _, value = line.decode("latin-1").partition(": ")
            headers.append([name.lower(), value])
        said, body = dict(headers), b""
        try:
            if to_head or status in (204, 304) or status < 200:
                pass
            elif said.get("transfer-encoding") == "chunked":
                while size := int(self.line(), 16):
                    body += self.exactly(size)
                    self.exactly(2)
                self.exactly(2)
            elif "content-length" in said:
                body = self.exactly(int(said["content-length"]))
            else:
                while True:
                    self.more()
        except (Gone, OSError) as error:
            body += self.left
            return [status, headers, body.decode("latin-1"), str(error)]
        return [status, headers, body.decode("latin-1"), "whole"]

def send(end, text, step):
    try:
        for at in range(0, len(text), step or len(text)):
            end.sendall(text[at:at + (step or len(text))])
    except OSError:
        pass  # it was refused before it was all said

def play(number, host, text, step, count):
    answers = []
    with socket.create_connection((host, 80), 20) as end:
        end.settimeout(20)
        end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        reader = Reader(end)
        send(end, text.encode("latin-1"), step)
        try:
            while len(answers) < count:
                answers.append(reader.answer(text.startswith("HEAD ")))
                if answers[-1][3] != "whole":
                    return [answers, "cut"]
                if answers[-1][0] < 200:
                    count += 1
            time.sleep(PAUSE)
            send(end, b"GET SENTINEL/%d HTTP/1.1\r\nHost: %s\r\n\r\n" % (
                number, host.encode()), 0)
            answers.append(reader.answer(False))
            return [answers, "more" if reader.left else "open"]
        except Gone:
            return [answers, "rest" if reader.left else "closed"]
        except OSError as error:
            return [answers, "reset" if isinstance(
                error, ConnectionError) else type(error).__name__]

todo, found = queue.SimpleQueue(), {}
for row in rows:
    todo.put(row)
def work():
    while True:
        try:
            row = todo.get_nowait()
        except queue.Empty:
            return
        found[row[0]] = play(*row)
threads = [threading.Thread(target=work) for _ in range(THREADS)]
for one in threads:
    one.start()
for one in threads:
    one.join()
import enclave
enclave.result(found)
""".replace("SENTINEL", SENTINEL)


def filled(text, path, more=()):
    """A text with the names of a row in it; @@ is an at sign."""
    for mark, value in [("@@", "\0at"), ("@P", path), *HOSTS.items(), *more,
                        ("\0at", "@")]:
        text = text.replace(mark, value)
    return text


class Play:
    """A row, sent in one of the two ways, and its result."""

    def __init__(self, number, row, dripped):
        self.number, self.row, self.dripped = number, row, dripped
        self.path = f"/row/{number}"
        self.answers, self.ended = None, None

    def __str__(self):
        way = "byte by byte" if self.dripped else "whole"
        return f"{self.row.id} {way}: {self.answers} {self.ended}"

    @property
    def statuses(self):
        return [one[0] for one in self.answers]


def plays_of(rows):
    return [Play(2 * at + dripped, row, bool(dripped))
            for at, row in enumerate(rows) for dripped in (0, 1)]


def run_plays(server, plays, texts, threads=8, pause=0):
    """Lets one program play them; returns the session's events.

    It waits for a while before it asks for something plain.
    """
    rows = []
    for play, (host, text, count) in zip(plays, texts):
        step = max(1, len(text) // STEPS_MAX) if play.dripped else 0
        rows.append([play.number, host, text, step, count])
    session = server.run(request_of(
        PLAYER, list(NAMES.values()), str(threads), str(pause), files=[{
            "path": "rows.json", "content": json.dumps(rows)}],
        limits={"cpuSeconds": 120, "wallClockSeconds": 120}))
    assert session["outcome"] == "succeeded", session
    for play in plays:
        play.answers, play.ended = session["result"]["json"][
            str(play.number)]
    return events_of(server, session["id"])


def bind_all(server, url, **more):
    """{mark: the line with its credential}"""
    return {mark: bind(server, NAMES[mark], url, scheme, **own,
                       **more)["line"] for mark, scheme, own in (
        ("@H", "bearer", {}), ("@K", "header", {"header": "X-Api-Key"}),
        ("@N", "basic", {"username": "me"}))}


def only_the_upstream(world):
    """Nothing was sent elsewhere, and no name was asked for."""
    return not world.queries and {
        packet.destination for packet in world.packets()} == {SITE}


def unchunked(body):
    found = b""
    while body:
        size, _, body = body.partition(b"\r\n")
        found += body[:int(size, 16)]
        body = body[int(size, 16) + 2:]
    return found


def wanted_of(play, expected, line):
    """(head, body) of the request that the upstream must get."""
    headers = expected.headers
    if expected.chunked:
        framing = b"Transfer-Encoding: chunked\r\nConnection: close\r\n"
    elif expected.body is not None:
        framing = b"Content-Length: %d\r\n" % len(expected.body)
    else:
        framing = b""
    head = composed(expected.method, BASE + filled(expected.target, play.path),
                    AUTHORITY, line, headers)
    return head[:-2] + framing + b"\r\n", expected.body or b""


def list_of(expected):
    return expected if isinstance(expected, list) else [expected]


def request_faults(play):
    """The faults in the responses that the program saw."""
    wanted = list_of(play.row.expected)
    if wanted == [ABORTED]:
        return play.answers or play.ended not in ("reset", "closed")
    statuses = [200 if isinstance(one, Passed) else one.status
                for one in wanted]
    refused = isinstance(wanted[-1], Refused)
    last = refused or b"\r\nConnection: close" in play.row.raw
    # Whether the body had come by then decides whether it is asked for.
    if [one for one in play.statuses if one != 100 or b"Expect" not in
            play.row.raw] != statuses + ([] if last else [200]):
        return True
    if any(one[3] != "whole" for one in play.answers):
        return True
    if refused and (play.path in play.answers[-1][2] or len(
            play.answers[-1][2]) > 400):
        return True
    if not last and play.answers[-1][2] != f"{SENTINEL}/{play.number}":
        return True
    return play.ended not in (("closed", "reset") if last else ("open",))


def calls_of(events):
    """{(binding, status): calls} on record"""
    found = collections.Counter()
    for data in told(events, "binding_invoked"):
        found[data["binding"], data["status"]] += data["count"]
    return +found


def calls_made(plays):
    """The same, as it must be; one that was aborted got no answer."""
    made = collections.Counter()
    for play in plays:
        for one in list_of(play.row.expected):
            if not isinstance(one, Refused):
                made[NAMES[play.row.to], 0 if one == ABORTED else 200] += 1
        made[NAMES[play.row.to], 200] += play.ended == "open"
    return made


def requests(backend):
    with world_and_server(backend) as (world, server):
        upstream = Upstream(lambda request: answer(
            request.path.removeprefix(BASE).encode()))
        world.serve(SITE, PORT, upstream)
        url = f"http://{AUTHORITY}{BASE}"
        methods = {"methods": ["GET", "HEAD", "POST", "OPTIONS", "PUT"]}
        lines = bind_all(server, url, scope=methods)
        plays = plays_of(REQUESTS)
        events = run_plays(server, plays, [(
            HOSTS[play.row.to],
            filled(play.row.raw.decode("latin-1"), play.path),
            len(list_of(play.row.expected))) for play in plays])
        faults = [str(play) for play in plays if request_faults(play)]
        assert not faults, "\n".join(faults)
        wanted = collections.Counter()
        for play in plays:
            wanted.update(wanted_of(play, one, lines[play.row.to])
                          for one in list_of(play.row.expected)
                          if isinstance(one, Passed))
        seen = collections.Counter(
            (request.head, unchunked(request.body) if request.header(
                "transfer-encoding") else request.body)
            for request in upstream.requests if not request.path.startswith(
                BASE + SENTINEL))
        assert seen == wanted, (seen - wanted, wanted - seen)
        assert not upstream.rests, upstream.rests
        assert only_the_upstream(world), (world.queries, world.packets())
        # Each refusal and each call is on record, once.
        assert calls_of(events) == calls_made(plays), (
            calls_of(events) - calls_made(plays),
            calls_made(plays) - calls_of(events))
        reasons = collections.Counter(
            one.reason for play in plays for one in list_of(play.row.expected)
            if isinstance(one, Refused))
        assert denied(events) == dict(reasons), (denied(events), reasons)


@scanned
def test_requests():
    requests("native")


@scanned
def test_requests_in_gvisor():
    need_gvisor()
    requests("gvisor")


def play_response(connection, play):
    """The pieces of a row; they may be times to wait."""
    for piece in play.row.pieces:
        if isinstance(piece, float):
            time.sleep(piece)
            continue
        text = filled(piece.decode("latin-1"), play.path,
                      REDIRECT).encode("latin-1")
        step = max(1, len(text) // STEPS_MAX) if play.dripped else len(text)
        for at in range(0, len(text), step or 1):
            connection.send(text[at:at + step])
    if play.row.after == "reset":
        time.sleep(0.05)
        connection.reset()
    if play.row.after != "keep":
        raise EOFError


# The upstream's origin, its base path and a URL of it, as redirections have.
REDIRECT = [("@U", f"http://{AUTHORITY}{BASE}"), ("@B", BASE),
            ("@O", f"http://{AUTHORITY}"), ("@A", AUTHORITY), ("@S", SITE)]


def response_faults(play):
    expected = play.row.expected
    first = play.answers[0] if play.answers else None
    if expected == BAD:
        return not first or first[0] != 502 or first[3] != "whole" or \
            play.path in first[2] or play.ended not in ("closed", "reset")
    if expected == CUT:
        return play.ended not in ("cut", "reset", "closed") or bool(
            first and first[3] == "whole")
    assert isinstance(expected, Given)
    headers = dict(first[1]) if first else {}
    return not first or first[0] != expected.status or \
        first[3] != "whole" or first[2].encode("latin-1") != expected.body or \
        any(headers.get(name) != filled(value, play.path, REDIRECT)
            for name, value in expected.headers) or \
        play.ended != "open" or play.answers[1][2] != (
            f"{SENTINEL}/{play.number}")


def responses(backend, rows, **more):
    plays = plays_of(rows)
    by_path = {BASE + play.path: play for play in plays}

    def handler(request):
        if request.path in by_path:
            play_response(request.connection, by_path[request.path])
            return None
        return answer(request.path.removeprefix(BASE).encode())
    with world_and_server(backend) as (world, server):
        upstream = Upstream(handler)
        world.serve(SITE, PORT, upstream)
        url = f"http://{AUTHORITY}{BASE}"
        bind_all(server, url)
        run_plays(server, plays, [(
            HOSTS["@H"], f"{play.row.method} {play.path} HTTP/1.1\r\n"
            f"Host: {HOSTS['@H']}\r\n" + (
                "Content-Length: 5\r\n\r\nhello"
                if play.row.method == "POST" else "\r\n"), 1)
            for play in plays], **more)
        faults = [str(play)[:2000] for play in plays if response_faults(play)]
        assert not faults, "\n".join(faults)
        counts = collections.Counter(
            request.path for request in upstream.requests)
        assert all(counts[path] == 1 for path in by_path), counts
        assert only_the_upstream(world), (world.queries, world.packets())


@scanned
def test_responses():
    responses("native", RESPONSES)


@scanned
def test_responses_in_gvisor():
    need_gvisor()
    responses("gvisor", RESPONSES)


@scanned
def test_what_nobody_asked_for():
    """A stray response is never taken for that to another request."""
    responses("native", STRAY, threads=1, pause=0.08)
