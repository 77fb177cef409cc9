"""HTTP requests, good and damaged, made from a seed.

A request is put together from parts, so that a mutation can damage one of
them. Each row of MUTATIONS says whether what it makes must be refused: where
two readers could understand it in two ways, or where it isn't HTTP/1.1.
"""

import random
import string

METHODS = [b"GET", b"HEAD", b"POST", b"PUT", b"PATCH", b"DELETE", b"OPTIONS"]
UNKNOWN_METHODS = [b"BREW", b"get", b"G", b"X-Y", b"A!#$%&'*+-.^_`|~9"]
TOKEN = (string.ascii_letters + string.digits + "!#$%&'*+-.^_`|~").encode()
VISIBLE = bytes(range(0x21, 0x7f))
SENTINEL = b"GET /v1/healthz HTTP/1.1\r\nHost: sentinel\r\n\r\n"
MUST, MAY = True, False


class Request:
    """The parts of one request, as bytes."""

    def __init__(self, rng):
        self.rng = rng
        self.before = b""
        self.method = rng.choice(METHODS)
        self.target = target(rng)
        self.version = b"HTTP/1.1"
        self.spaces = [b" ", b" "]
        self.line_end = b"\r\n"
        self.host = [b"Host: e"]
        self.headers = [header(rng) for _ in range(rng.randrange(4))]
        self.framing = []
        self.body = b""
        self.head_end = None
        kind = rng.randrange(3)
        if kind == 1:
            text = blob(rng)
            self.framing = [b"Content-Length: %d" % len(text)]
            self.body = text
        elif kind == 2:
            self.framing = [b"Transfer-Encoding: chunked"]
            self.body = chunks(rng, blob(rng))

    def lines(self):
        lines = self.host + self.headers + self.framing
        self.rng.shuffle(lines)
        return lines

    def build(self):
        head = (self.before + self.method + self.spaces[0] + self.target
                + self.spaces[1] + self.version + self.line_end)
        for line in self.lines():
            head += line + self.line_end
        return (head + (self.line_end if self.head_end is None
                        else self.head_end) + self.body)


def target(rng):
    return rng.choice([
        b"/", b"/v1/healthz", b"/v1/sessions?limit=1", b"//evil/x", b"/a//b",
        b"/%2e%2e/x", b"/..;/x", b"/a?b?c=/&d", b"/*", b"/a:80@b", b"/?",
        b"/" + bytes(rng.choice(b"abcXYZ019-._~!$&'()*+,;=:@/%?")
                     for _ in range(rng.randrange(40)))])


def header(rng):
    name = bytes(rng.choice(TOKEN) for _ in range(rng.randrange(1, 12)))
    value = bytes(rng.choice(VISIBLE + b" \t")
                  for _ in range(rng.randrange(20)))
    return rng.choice([
        b"X-%s:%s" % (name, value), b"X-%s: %s" % (name, value),
        b"X-%s:\t %s \t" % (name, value), b"x-%s:" % name,
        b"Accept: */*", b"X_Api_Key: a", b"Connection: keep-alive",
        b"Cookie: a=b; c=\"d\"", b"X-Long: " + b"v" * rng.randrange(300)])


def blob(rng):
    return rng.choice([
        b"", b"a", b"abcde", SENTINEL, b"0\r\n\r\n", b"\r\n\r\n",
        bytes(rng.randrange(256) for _ in range(rng.randrange(60)))])


def chunks(rng, text):
    out, at = b"", 0
    while at < len(text):
        size = rng.randrange(1, len(text) - at + 1)
        digits = rng.choice([b"%x", b"%X", b"0%x", b"000%X"]) % size
        out += digits + b"\r\n" + text[at:at + size] + b"\r\n"
        at += size
    return out + rng.choice([b"0", b"00", b"000000"]) + b"\r\n\r\n"


def length(value, body=b"abcde"):
    def mutate(r):
        r.framing, r.body = [b"Content-Length:" + value], body
    return mutate


def encoding(value, body=b"5\r\nabcde\r\n0\r\n\r\n", name=b"Transfer-Encoding"):
    def mutate(r):
        r.framing, r.body = [name + b":" + value], body
    return mutate


def framing(*lines, body=b"5\r\nabcde\r\n0\r\n\r\n"):
    def mutate(r):
        r.framing, r.body = list(lines), body
    return mutate


def chunked(body):
    return framing(b"Transfer-Encoding: chunked", body=body)


def put(part, value):
    def mutate(r):
        setattr(r, part, value)
    return mutate


def extra(line):
    def mutate(r):
        r.headers.append(line)
    return mutate


def hosts(*lines):
    return put("host", list(lines))


def name_byte(byte):
    return extra(b"X" + bytes([byte]) + b"Y: a")


def value_byte(byte):
    return extra(b"X-Y: a" + bytes([byte]) + b"b")


def target_byte(byte):
    return put("target", b"/a" + bytes([byte]) + b"b")


def one_lf(r):
    """One line end among those of the head loses its CR."""
    def build(whole=r.build):
        text = whole()
        end = text.index(b"\r\n\r\n") + 4
        places = [i for i in range(end) if text[i:i + 2] == b"\r\n"]
        at = r.rng.choice(places)
        return text[:at] + text[at + 1:]
    r.build = build


def one_cr(r):
    def build(whole=r.build):
        text = whole()
        end = text.index(b"\r\n\r\n") + 4
        places = [i for i in range(end) if text[i:i + 2] == b"\r\n"]
        at = r.rng.choice(places)
        return text[:at + 1] + text[at + 2:]
    r.build = build


TE = b"Transfer-Encoding: chunked"
CL = b"Content-Length: "

MUTATIONS = [
    # framing
    (MUST, framing(TE, CL + b"4")), (MUST, framing(CL + b"17", TE)),
    (MUST, framing(CL + b"0", TE)), (MUST, framing(CL + b"5", CL + b"5")),
    (MUST, framing(CL + b"5", CL + b"6")), (MUST, framing(TE, TE)),
    (MUST, framing(TE, b"Transfer-Encoding: identity")),
    (MUST, framing(b"Transfer-Encoding: gzip", TE)),
    (MUST, framing(b"transfer-encoding: chunked", b"TRANSFER-ENCODING: x")),
    *[(MUST, length(v)) for v in (
        b" 5, 5", b" 5,5", b" +5", b" -5", b" -0", b" 0x5", b" 5 5", b" 5\t5",
        b" 05", b" 00", b"", b" ", b" 5.0", b" 5e0", b" five", b" 5;",
        b" 18446744073709551621", b" 1" + b"0" * 18, b" 9" * 30, b" \"5\"",
        b" 5\x0b", b" \xef\xbc\x95", b" 5\x00", b" NaN", b" 5_0", b" 0b1",
        b" 5 ", b" 5\t", b" 0 ")],
    *[(MAY, length(v)) for v in (
        b"5", b" 5", b"\t5", b"   5", b" 0", b" 6", b" 4", b" 999")],
    *[(MUST, encoding(v)) for v in (
        b" identity", b" gzip, chunked", b" chunked, gzip", b" xchunked",
        b" chunkedx", b" chunked, chunked", b" chunked;q=1", b" \x0bchunked",
        b" \"chunked\"", b" chunked,", b" ,chunked", b"", b" chun ked",
        b" 'chunked'", b" chunked\x00", b" \xa0chunked", b" cow", b" x,chunked",
        b"\r\n chunked", b" chunked\r\n ;a", b" identity, chunked",
        b" chunked ", b" chunked\t", b"chunked \t")],
    *[(MAY, encoding(v)) for v in (
        b"chunked", b" CHUNKED", b" Chunked", b"\tchunked", b" \t chunked")],
    (MUST, encoding(b" chunked", name=b"Transfer-Encoding ")),
    (MUST, encoding(b" chunked", name=b"Transfer-Encoding\t")),
    (MUST, encoding(b" chunked", name=b" Transfer-Encoding")),
    (MUST, encoding(b" chunked", name=b"Transfer\x00-Encoding")),
    (MUST, encoding(b" 5", b"abcde", name=b"Content-Length ")),
    (MUST, encoding(b" 5", b"abcde", name=b"Content\x0bLength")),
    (MAY, encoding(b" chunked", b"", name=b"Transfer_Encoding")),
    (MAY, encoding(b" chunked", b"", name=b"X-Transfer-Encoding")),
    (MAY, encoding(b" 5", b"", name=b"Content_Length")),
    # chunks
    *[(MUST, chunked(body)) for body in (
        b"5\nabcde\r\n0\r\n\r\n", b"5\rabcde\r\n0\r\n\r\n",
        b"5\r\nabcde\n0\r\n\r\n", b"5\r\nabcde\r0\r\n\r\n",
        b"5\r\nabcde0\r\n\r\n", b"0x5\r\nabcde\r\n0\r\n\r\n",
        b"+5\r\nabcde\r\n0\r\n\r\n", b"-5\r\nabcde\r\n0\r\n\r\n",
        b" 5\r\nabcde\r\n0\r\n\r\n", b"5 \r\nabcde\r\n0\r\n\r\n",
        b"\t5\r\nabcde\r\n0\r\n\r\n", b"5\t\r\nabcde\r\n0\r\n\r\n",
        b"\r\nabcde\r\n0\r\n\r\n", b"\r\n0\r\n\r\n",
        b"g\r\nabcde\r\n0\r\n\r\n", b"5g\r\nabcde\r\n0\r\n\r\n",
        b"fffffffffffffffff\r\nabcde\r\n0\r\n\r\n",
        b"10000000000000005\r\nabcde\r\n0\r\n\r\n",
        b"0" * 20 + b"5\r\nabcde\r\n0\r\n\r\n",
        b"5;a=b\r\nabcde\r\n0\r\n\r\n", b"5;\r\nabcde\r\n0\r\n\r\n",
        b'5;a="\r\n"\r\nabcde\r\n0\r\n\r\n', b"5;a\nb\r\nabcde\r\n0\r\n\r\n",
        b"5;" + b"a" * 5000 + b"\r\nabcde\r\n0\r\n\r\n",
        b"5\r\nabcdef\r\n0\r\n\r\n", b"5\r\nabcd\r\n0\r\n\r\n",
        b"5\r\nabcde\r\n\r\n0\r\n\r\n", b"5\r\nabcde\r\n0\r\nX: y\r\n\r\n",
        b"0\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"0\r\nContent-Length: 5\r\n\r\n", b"0\n\r\n", b"0\r\n\n",
        b"0\r\r\n", b"0;\r\n\r\n", b"0\r\n \r\n", b"5\x00\r\nabcde\r\n")],
    *[(MAY, chunked(body)) for body in (
        b"", b"5", b"5\r", b"5\r\nabc", b"5\r\nabcde", b"0\r\n", b"0\r\n\r",
        b"000000000000005\r\nabcde\r\n0\r\n\r\n", b"0\r\n\r\n",
        b"A\r\n0123456789\r\n0\r\n\r\n", b"a\r\n0123456789\r\n00\r\n\r\n",
        b"0\r\n\r\n" + SENTINEL, b"%x\r\n%s\r\n0\r\n\r\n" % (
            len(SENTINEL), SENTINEL))],
    # request line
    *[(MUST, put("target", t)) for t in (
        b"http://evil/", b"https://evil/x", b"HTTP://evil/", b"evil:80", b"*",
        b"", b"a", b"@evil/", b"?a", b"\\\\evil", b"/a#b", b"#", b"/a b",
        b"/\"", b"/<x>", b"/a\\b", b"/^", b"/`", b"/{x}", b"/|", b"/\xc3\xa9",
        b"/\x7f", b"/" + b"a" * 8192, b"/" + b"a" * 33000)],
    (MAY, put("target", b"/" + b"a" * 8191)), (MAY, put("target", b"/%00")),
    *[(MUST, put("version", v)) for v in (
        b"HTTP/1.0", b"HTTP/2.0", b"HTTP/0.9", b"HTTP/1.2", b"HTTP/1",
        b"http/1.1", b"Http/1.1", b"HTTP/1.1 ", b"HTTP/1.10", b"HTTP/01.1",
        b"HTTP/1.1x", b"HTTP/ 1.1", b"HTTP /1.1", b"HTTPS/1.1", b"ICE/1.0",
        b"RTSP/1.0", b"HTTP/1,1", b"HTTP/11", b"", b"HTTP/9.9", b"HTTP/x.y")],
    *[(MUST, put("spaces", pair)) for pair in (
        [b"  ", b" "], [b" ", b"  "], [b"\t", b" "], [b" ", b"\t"],
        [b"", b" "], [b" ", b""], [b" \t", b" "], [b"\x0b", b" "],
        [b"\x00", b" "], [b" ", b"\x0c"], [b"\r", b" "], [b"\n", b" "])],
    *[(MUST, put("method", m)) for m in (
        b"", b"G(T", b"GE T", b"G\x00T", b"G\x80T", b"\x16\x03\x01", b"A" * 40,
        b"GET\r", b"CONNECT", b"\"GET\"", b"G@T", b"GET/")],
    *[(MAY, put("method", m)) for m in (b"TRACE", *UNKNOWN_METHODS)],
    *[(MUST, put("before", b)) for b in (
        b"\r\n", b"\n", b"\r", b" ", b"\t", b"\x00", b"\r\n\r\n",
        b"\xef\xbb\xbf", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")],
    # lines
    (MUST, put("line_end", b"\n")), (MUST, put("line_end", b"\r")),
    (MUST, put("line_end", b"\r\r\n")), (MUST, put("line_end", b"\n\r")),
    (MUST, put("head_end", b"\n")), (MUST, put("head_end", b"\r\r\n")),
    (MUST, one_lf), (MUST, one_lf), (MUST, one_cr),
    *[(MUST, extra(line)) for line in (
        b"X : a", b"X\t: a", b" X: a", b"\tX: a", b"X: a\r\n b", b"X: a\r\n\tb",
        b"X:\r\n a", b"X", b": a", b":", b"X Y: a", b"X: a\rb", b"X: a\nb",
        b"(X): a", b"X\"Y: a", b"X/Y: a", b"X@Y: a", b"X,Y: a", b"X;Y: a")],
    *[(MUST, name_byte(b)) for b in (
        *range(0x09), *range(0x0b, 0x20), 0x7f, 0x80, 0xa0, 0xff)],
    *[(MUST, value_byte(b)) for b in (
        *range(0x09), *range(0x0b, 0x20), 0x7f, 0x80, 0x85, 0xa0, 0xff)],
    *[(MUST, target_byte(b)) for b in (
        *range(0x21), 0x7f, 0x80, 0x85, 0xa0, 0xff)],
    # host
    (MUST, hosts()), (MUST, hosts(b"Host: e", b"Host: e")),
    (MUST, hosts(b"Host: e", b"host: f")),
    *[(MUST, hosts(b"Host:" + h)) for h in (
        b"", b" ", b" a,b", b" a b", b" a@b", b" a/b", b" a?b", b" a#b",
        b" a%b", b" a\x00b", b" \xc3\xa9", b" " + b"a" * 256, b" a\\b")],
    *[(MAY, hosts(b"Host:" + h)) for h in (
        b"e", b" E.example.", b" [::1]:80", b" 192.0.2.1:65536", b"\te\t")],
    # connection, expectation, upgrade
    *[(MAY, extra(line)) for line in (
        b"Connection: close", b"Connection: close ", b"connection: Close", b"Connection: a, close",
        b"Connection: close,a", b"Connection: closed", b"Connection:",
        b"Connection: keep-alive", b"Expect: 100-continue",
        b"X-Forwarded-Host: evil", b"X-HTTP-Method-Override: DELETE",
        b"Upgrade: h2c", b"Upgrade: websocket", b"Keep-Alive: 5",
        b"Content-Length-X: 9", b"Trailer: X", b"TE: trailers")],
    (MUST, extra(b"Expect: 200-ok")), (MUST, extra(b"Expect:")),
    (MUST, extra(b"Expect: 100-continue, x")),
    # sizes
    (MUST, lambda r: r.headers.extend([b"X: a"] * 100)),
    (MAY, lambda r: r.headers.extend([b"X: a"] * 90)),
    (MUST, extra(b"X: " + b"a" * 33000)), (MAY, extra(b"X: " + b"a" * 20000)),
    (MUST, lambda r: r.headers.extend([b"X: " + b"a" * 500] * 70)),
]


def damage(rng, text):
    """One byte changed, taken out, doubled or put in, anywhere."""
    at = rng.randrange(len(text))
    byte = rng.choice([bytes([rng.randrange(256)]), b"\r", b"\n", b" ", b":",
                       b"\x00", b"0", b"\r\n"])
    return rng.choice([text[:at] + byte + text[at + 1:],
                       text[:at] + text[at + 1:],
                       text[:at] + byte + text[at:],
                       text[:at] + text[at:at + 1] * 2 + text[at + 1:]])


def one(rng, mutation):
    """(bytes, whether it must be refused) of one request."""
    request = Request(rng)
    if mutation is None:
        return request.build(), False
    must, mutate = mutation
    mutate(request)
    return request.build(), must


class Case:
    """A stream: the requests before `refused_at` are good (None: any)."""

    def __init__(self, text, refused_at):
        self.text, self.refused_at = text, refused_at


def case(rng, mutation):
    text, refused_at = b"", None
    before = rng.choice([0, 0, 0, 1, 2])
    for _ in range(before):
        good = Request(rng)
        good.headers = []
        text += good.build()
    last, must = one(rng, mutation)
    text += last
    if must:
        refused_at = before
    if rng.random() < 0.8 or must:
        text += SENTINEL
    if rng.random() < 0.15 and not must:
        text = damage(rng, text)
    return Case(text, refused_at)


def corpus(seed, count):
    """Every mutation in turn, over and over with other parts, and none."""
    rng = random.Random(seed)
    for number in range(count):
        turn = number % (len(MUTATIONS) + 40)
        yield case(rng, MUTATIONS[turn] if turn < len(MUTATIONS) else None)
