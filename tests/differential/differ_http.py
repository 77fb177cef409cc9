"""Our reader of HTTP/1.1 requests against llhttp: what ours accepts llhttp
accepts with the same fields, and what is ambiguous ours refuses."""

import socket
import struct
import sys

import settings
from drivers import TOP, Driver
from enclave_test import Server
from http_corpus import METHODS, SENTINEL, corpus

CASES = 24000
SEED = 9112
MORE = 2000  # from this run's own seed
MORE_FULL = 200000
ON_SOCKET = 600
KNOWN = {*METHODS, b"TRACE"}


def llhttp():
    for place in (TOP / "build/venv/lib").glob("python3*/site-packages"):
        sys.path.append(str(place))
    try:
        import httptools
    except ImportError as error:
        raise settings.Skip("httptools: run tools/bootstrap test") from error
    return httptools


class Request:
    """One that a reader has understood."""

    def __init__(self):
        self.at = 0
        self.method = self.target = self.body = b""
        self.headers = []
        self.whole = False

    def fields(self):
        return (self.method, self.target, self.body,
                [(name, value.strip(b" \t")) for name, value in self.headers])


class Record:
    """What the driver says of a stream."""

    def __init__(self, data):
        self.data, self.at = data, 0
        self.requests, self.head, self.status = [], None, None
        self.end = ""
        while not self.end:
            kind = chr(self.take(1)[0])
            if kind in "QB":
                request = self.request()
                if kind == "Q":
                    self.requests.append(request)
                else:
                    self.head = request
            else:
                self.end = kind
                self.status = self.number() if kind == "R" else None
        assert self.at == len(data)

    def take(self, length):
        self.at += length
        return self.data[self.at - length:self.at]

    def number(self):
        return struct.unpack(">I", self.take(4))[0]

    def text(self):
        return self.take(self.number())

    def request(self):
        request = Request()
        request.at = self.number()
        request.method, request.target = self.text(), self.text()
        request.body = self.text()
        for _ in range(self.number()):
            name = self.text()
            request.headers.append((name, self.text()))
        return request


class Other:
    """The same by llhttp, through httptools."""

    def __init__(self, httptools):
        self.httptools = httptools
        self.requests = []
        self.upgraded = False

    def on_message_begin(self):
        self.requests.append(Request())

    def on_url(self, url):
        self.requests[-1].target += url

    def on_header(self, name, value):
        self.requests[-1].headers.append((name, value))

    def on_headers_complete(self):
        self.requests[-1].method = self.parser.get_method()

    def on_body(self, body):
        self.requests[-1].body += body

    def on_message_complete(self):
        self.requests[-1].whole = True

    def feed(self, pieces):
        """Returns why it stopped, or None."""
        self.parser = self.httptools.HttpRequestParser(self)
        try:
            for piece in pieces:
                self.parser.feed_data(piece)
        except self.httptools.HttpParserUpgrade:
            self.upgraded = True
        except self.httptools.HttpParserError as error:
            return error
        return None


def known_methods(text, requests):
    """The stream with methods that llhttp knows; all else stays as it is.

    A method of one's own is a token like any other to us, and 405 in the end;
    llhttp has a list.
    """
    for request in reversed(requests):
        if request.method not in KNOWN:
            end = request.at + len(request.method)
            assert text[request.at:end] == request.method
            text = text[:request.at] + b"PUT" + text[end:]
            request.method = b"PUT"
    return text


def compare(httptools, case, record):
    """What ours took llhttp takes, whole and in pieces, with these fields."""
    text = known_methods(case.text, record.requests)
    for pieces in ([text], [text[i:i + 1] for i in range(len(text))]):
        other = Other(httptools)
        why = other.feed(pieces)
        whole = [r for r in other.requests if r.whole]
        wanted = record.requests
        if other.upgraded:
            wanted = wanted[:len(whole)]
            assert whole, "an upgrade of nothing"
        assert len(whole) >= len(wanted), (
            "ours takes more", len(wanted), len(whole), why, text)
        for ours, theirs in zip(wanted, whole):
            assert ours.fields() == theirs.fields(), (
                "fields", ours.fields(), theirs.fields(), text)
        if record.end == "M" and not other.upgraded:
            # We wait for more: it may not be further than we are.
            assert len(whole) == len(wanted), ("ours waits", why, text)
        if record.end == "M" and record.head is not None and (
                not other.upgraded and record.head.method in KNOWN):
            assert record.head.target == other.requests[-1].target, text


def records(cases, piece):
    one = Driver("requests", str(piece))
    one.feed(case.text for case in cases)
    found = [one.read_record() for _ in cases]
    one.end()
    return found


def test_corpus():
    httptools = llhttp()
    cases = list(corpus(SEED, CASES))
    cases += corpus(settings.seed, MORE_FULL if settings.full else MORE)
    whole, pieces = records(cases, 0), records(cases, 1)
    seen = {"Q": 0, "R": 0, "C": 0, "M": 0}
    for case, data, again in zip(cases, whole, pieces):
        record = Record(data)
        assert data == again, ("whole and in pieces", record.end,
                               record.status, Record(again).status, case.text)
        if case.refused_at is not None:
            assert record.end == "R" and (
                len(record.requests) == case.refused_at), (
                    "not refused", record.end, record.status, case.text)
        seen["Q"] += len(record.requests)
        seen[record.end] += 1
        compare(httptools, case, record)
    print(f"note: {len(cases)} streams: {seen['Q']} requests taken, "
          f"{seen['R']} refusals")
    assert min(seen["Q"], seen["R"]) > len(cases) // 3, seen
    assert min(seen["C"], seen["M"]) > len(cases) // 200, seen


def test_llhttp_is_the_strict_one():
    """The comparison can fail: llhttp refuses what any reader must."""
    httptools = llhttp()
    for text in (b"GET / HTTP/1.1\r\nHost: e\r\nContent-Length: 5\r\n"
                 b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                 b"GET / HTTP/1.1\r\nHost : e\r\n\r\n"):
        other = Other(httptools)
        assert other.feed([text]) is not None, text
    other = Other(httptools)
    assert other.feed([SENTINEL]) is None and other.requests[0].whole


# ---- over a socket: nothing is answered that wasn't asked ----

def answers(data, requests):
    """[(status, closes)] of all that a server sent, down to the last byte."""
    found = []
    while data:
        head, end, data = data.partition(b"\r\n\r\n")
        lines = head.split(b"\r\n")
        assert end and lines[0].startswith(b"HTTP/1.1 "), head[:200]
        status = int(lines[0].split()[1])
        if status == 100:
            continue
        fields = dict(line.lower().split(b": ", 1) for line in lines[1:])
        length = int(fields[b"content-length"])
        asked = requests[len(found)]
        if asked is not None and asked.method.upper() == b"HEAD":
            length = 0
        assert len(data) >= length, "an answer is cut"
        data = data[length:]
        found.append((status, fields.get(b"connection") == b"close"))
    return found


def exchange(server, pieces):
    """All that comes back; the sender says when it has nothing more."""
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(30)
        s.connect(str(server.socket))
        try:
            for piece in pieces:
                s.sendall(piece)
            s.shutdown(socket.SHUT_WR)
        except (BrokenPipeError, ConnectionResetError):
            pass  # it was refused before all of it was sent
        data = b""
        while got := s.recv(65536):
            data += got
        return data


def check_answers(case, record, data):
    found = answers(data, record.requests + [record.head])
    last = [closes for _, closes in found]
    assert not any(last[:-1]), ("an answer behind the last", found, case.text)
    # Of a head whose body never comes whole the answer may be no, at once.
    one_more = record.end == "R" or record.head is not None
    assert len(found) <= len(record.requests) + one_more, (
        "more answers than requests", found, case.text)
    if len(found) < len(record.requests):
        # A body that isn't read ends the connection, and that is said.
        assert found and last[-1], ("answers are missing", found, case.text)
    for status, _ in found:
        assert status < 500 or status == 505, (status, case.text)
    if record.end == "R" and len(found) > len(record.requests):
        # Of a head that is understood more may be wrong than its body.
        wanted = range(400, 500) if record.head else [record.status]
        assert found[-1][0] in wanted and found[-1][1], (
            found[-1], record.status, case.text)


def test_over_a_socket():
    """The same streams and a sentinel behind, to a server; then it goes on."""
    small = [case for case in corpus(SEED + 1, 4 * ON_SOCKET)
             if len(case.text) < 4096][::2][:ON_SOCKET]
    for case in small:
        case.text += SENTINEL
    refusals = 0
    with Server(backend="simulator") as server:
        for case, data in zip(small, records(small, 0)):
            record = Record(data)
            text = case.text
            for pieces in ([text], [text[i:i + 1] for i in range(len(text))]):
                check_answers(case, record, exchange(server, pieces))
            refusals += record.end == "R"
        reply = server.request("GET", "/v1/healthz")
        assert reply.status == 200, reply.body
    assert refusals > len(small) // 3, refusals
    print(f"note: {len(small)} streams over a socket, {refusals} refused")
