"""Requests and responses to try on a service binding's gate, as data.

In requests @P is a path of the row's own, @H the binding's host; @K and @N are
the hosts of bindings with the schemes header and basic. What is expected of a
request:

    REFUSED       400, then the end; nothing of it is sent on
    Refused(...)  another status, and the reason on record
    ABORTED       its body is malformed: no response, nothing whole is sent on
    Passed(...)   200, and what the upstream gets; the next request is fine
    [...]         of pipelined ones, one after the other

and of a response:

    BAD           502
    CUT           the connection ends before the body does
    Given(...)    this status, headers and body come; the next request is fine
"""

import collections

Refused = collections.namedtuple("Refused", "status reason")
Passed = collections.namedtuple(
    "Passed", "method target headers body chunked",
    defaults=("GET", "@P", b"", None, False))
Given = collections.namedtuple("Given", "status body headers",
                               defaults=(b"", ()))
# to: the host that the connection is made to.
Request = collections.namedtuple("Request", "id raw expected to",
                                 defaults=("@H",))
# after: how the upstream goes on behind it, "keep", "close" or "reset".
Response = collections.namedtuple(
    "Response", "id pieces expected after method", defaults=("keep", "GET"))

REFUSED = Refused(400, "request_refused")
OUT_OF_SCOPE = Refused(403, "path_not_in_scope")
WRONG_METHOD = Refused(403, "method_not_in_scope")
ABORTED, BAD, CUT = "aborted", "bad", "cut"
LINES = b"Host: @H\r\n"


def get(headers=b"", target=b"@P", host=b"@H"):
    return b"GET %s HTTP/1.1\r\nHost: %s\r\n%s\r\n" % (target, host, headers)


def post(headers, body=b"", method=b"POST"):
    return b"%s @P HTTP/1.1\r\n%s%s\r\n%s" % (method, LINES, headers, body)


def chunked(body, headers=b"Transfer-Encoding: chunked\r\n"):
    return post(headers, body)


def sized(size):
    """A request of so many bytes."""
    text = b"GET /sized HTTP/1.1\r\nHost: api.svc.enclave.internal\r\nX: "
    return text + b"a" * (size - len(text) - 4) + b"\r\n\r\n"


def rows(name, expected, *texts):
    return [Request(f"{name}.{at}", raw, expected)
            for at, raw in enumerate(texts)]


FIVE = b"hello"
INNER = b"GET /inner HTTP/1.1\r\nHost: inner\r\n\r\n"
GOOD = b"5\r\nhello\r\n0\r\n\r\n"

REQUESTS = [
    # Framing and smuggling
    *rows("PX-01", REFUSED,
          post(b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", GOOD),
          post(b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", GOOD),
          post(b"transfer-encoding: chunked\r\ncontent-length: 0\r\n", GOOD)),
    *rows("PX-02", REFUSED,
          post(b"Content-Length: 5\r\nContent-Length: 5\r\n", FIVE),
          post(b"Content-Length: 5\r\nContent-Length: 6\r\n", FIVE),
          *(post(b"Content-Length: %s\r\n" % value, FIVE) for value in (
              b"5, 5", b"+5", b"-1", b"0x5", b"5 ", b"", b"05", b"5;",
              b"18446744073709551621", b"5\t", b"5.0", b"1e1", b"5,"))),
    *rows("PX-03", REFUSED,
          *(chunked(GOOD, b"Transfer-Encoding: %s\r\n" % value) for value in (
              b"identity", b"gzip, chunked", b"chunked, gzip", b"xchunked",
              b"chunked, chunked", b"chunked;q=1", b"\x0bchunked", b"chunked ",
              b"\r\n chunked", b"", b"chunked,", b"\"chunked\"")),
          chunked(GOOD, b"Transfer-Encoding : chunked\r\n"),
          chunked(GOOD, b"Transfer-Encoding: chunked\r\n" * 2)),
    Request("PX-03.case", chunked(GOOD, b"Transfer-Encoding: CHUNKED\r\n"),
            Passed("POST", body=FIVE, chunked=True)),
    *rows("PX-04", ABORTED, *map(chunked, (
        b"5\nhello\r\n0\r\n\r\n", b"5\rhello\r\n0\r\n\r\n",
        b"0x5\r\nhello\r\n0\r\n\r\n", b"-5\r\nhello\r\n0\r\n\r\n",
        b"00000000000000005\r\nhello\r\n0\r\n\r\n", b"\r\nhello\r\n0\r\n\r\n",
        b"5;a=b\r\nhello\r\n0\r\n\r\n", b"5 \r\nhello\r\n0\r\n\r\n",
        b"5;a=\"\r\n\"\r\nhello\r\n0\r\n\r\n",
        b"5;" + b"a" * (1 << 20) + b"\r\nhello\r\n0\r\n\r\n",
        b"4\r\nhello\r\n0\r\n\r\n", b"6\r\nhello\r\n0\r\n\r\n",
        b"5\r\nhello0\r\n\r\n", b"5\r\nhello\n0\r\n\r\n",
        b"5\r\nhello\r\n0\r\nX: y\r\n\r\n",
        b"5\r\nhello\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"5\r\nhello\r\n0\r\n\n", b"g\r\nhello\r\n0\r\n\r\n",
        b"5\r\nhello\r\n0;\r\n\r\n"))),
    Request("PX-04.good", chunked(b"1\r\nh\r\n4\r\nello\r\n0\r\n\r\n"),
            Passed("POST", body=FIVE, chunked=True)),
    Request("PX-04.hex", chunked(b"0A\r\nhellohello\r\n00\r\n\r\n"),
            Passed("POST", body=FIVE * 2, chunked=True)),
    *rows("PX-05", REFUSED,
          b"GET @P HTTP/1.1\nHost: @H\n\n",
          b"GET @P HTTP/1.1\r\nHost: @H\n\r\n",
          b"GET @P HTTP/1.1\rHost: @H\r\r ", b"\r\n" + get(), b"\n" + get(),
          b"GET @P\r\n\r\n", b"GET @P HTTP/1.2\r\n" + LINES + b"\r\n",
          b"GET @P HTTP/1.0\r\n" + LINES + b"\r\n",
          b"GET @P HTTP/2.0\r\n" + LINES + b"\r\n",
          b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
          b"GET  @P HTTP/1.1\r\n" + LINES + b"\r\n",
          b"GET @P  HTTP/1.1\r\n" + LINES + b"\r\n",
          b"GET\t@P\tHTTP/1.1\r\n" + LINES + b"\r\n",
          b"GET @P http/1.1\r\n" + LINES + b"\r\n",
          b"GET @P HTTP/1.1 \r\n" + LINES + b"\r\n",
          b" GET @P HTTP/1.1\r\n" + LINES + b"\r\n",
          b"GET @P HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x00\x05hello\r\n\r\n",
          b"GET @P HTTP/1.1\r\n" + LINES + b"\rX: y\r\n\r\n"),
    *rows("PX-06", REFUSED, *map(get, (
        b"X: a\r\n b\r\n", b"X: a\r\n\tb\r\n", b"X : a\r\n", b"X\t: a\r\n",
        b"X Y: a\r\n", b": a\r\n", b"nothing\r\n", b"X: a\0b\r\n",
        b"X: a\rb\r\n", b"X: a\nb\r\n", b"X: a\x7fb\r\n", b"X: a\x9bb\r\n",
        b"X: \x1b[1m\r\n", b"X\xc3\xa9: a\r\n", b"X\0: a\r\n",
        b" X: a\r\n", b"X(): a\r\n", b"X: \xc3\xa9\r\n"))),
    Request("PX-06.underscore", get(b"Content_Length: 9\r\n"
                                    b"Transfer_Encoding: chunked\r\n"),
            Passed()),
    Request("PX-06.key", get(b"X_Api_Key: mine\r\nx-api_key: mine\r\n",
                             host=b"@K"), Passed(), "@K"),
    *rows("PX-07", REFUSED,
          get(b"Content-Length: 5\r\n") + FIVE,
          post(b"Content-Length: 5\r\n", FIVE, b"HEAD"),
          post(b"Content-Length: 5\r\n", FIVE, b"OPTIONS"),
          get(b"Transfer-Encoding: chunked\r\n") + GOOD,
          get(b"Transfer-Encoding: chunked\r\n") + b"0\r\n\r\n",
          post(b"Content-Length: 5\r\nExpect: 100-continue, x\r\n", FIVE),
          post(b"Content-Length: 5\r\nExpect: 200-ok\r\n", FIVE),
          post(b"Content-Length: 5\r\nExpect: 100-continue\r\n"
               b"Expect: 100-continue\r\n", FIVE),
          get(b"Content-Length: 5\r\nExpect: 100-continue\r\n")),
    Request("PX-07.zero", get(b"Content-Length: 0\r\n"), Passed(body=b"")),
    Request("PX-07.none", post(b""), Passed("POST", body=b"")),
    Request("PX-07.expect", get(b"Expect: 100-continue\r\n"), Passed()),
    Request("PX-07.body", post(b"Content-Length: 5\r\n"
                               b"Expect: 100-continue\r\n", FIVE),
            Passed("POST", body=FIVE)),
    Request("PX-08.two", get(target=b"@P/1") + get(target=b"@P/2"),
            [Passed(target="@P/1"), Passed(target="@P/2")]),
    Request("PX-08.hostile", get(target=b"@P/1") + get(target=b"@P/2") +
            get(target=b"/../admin") + get(target=b"@P/never"),
            [Passed(target="@P/1"), Passed(target="@P/2"), OUT_OF_SCOPE]),
    Request("PX-08.malformed", get() + b"X\r\n\r\n" + get(target=b"@P/never"),
            [Passed(), REFUSED]),
    Request("PX-08.inner", post(b"Content-Length: %d\r\n" % len(INNER), INNER)
            + get(target=b"@P/behind"),
            [Passed("POST", body=INNER), Passed(target="@P/behind")]),
    Request("PX-08.chunks", chunked(GOOD) + get(target=b"@P/behind"),
            [Passed("POST", body=FIVE, chunked=True),
             Passed(target="@P/behind")]),
    Request("PX-08.last", get(b"Connection: close\r\n") +
            get(target=b"@P/never"), [Passed()]),
    *rows("PX-09", REFUSED,
          get(b"X: " + b"a" * 65536 + b"\r\n"), get(b"X: a\r\n" * 129),
          get(b"X: " + b"a" * 60 * 1024 + b"\r\n"),
          get(target=b"@P" + b"a" * 8192), get(target=b"/" + b"a" * 8192),
          get(b"X: a\r\n" * 100), sized(32 * 1024 + 1)),
    Request("PX-09.target", get(target=b"/" + b"a" * 8191),
            Passed(target="/" + "a" * 8191)),
    Request("PX-09.headers", get(b"X: a\r\n" * 99),
            Passed(headers=b"X: a\r\n" * 99)),
    Request("PX-09.head", sized(32 * 1024), Passed(
        target="/sized", headers=sized(32 * 1024).split(b"\r\n")[2] +
        b"\r\n")),
    *rows("PX-10", REFUSED,
          get(b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
              b"HTTP2-Settings: AAMAAABkAAQAAP__\r\n"),
          get(b"Connection: Upgrade\r\nUpgrade: websocket\r\n"
              b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
              b"Sec-WebSocket-Version: 13\r\n"),
          get(b"Upgrade: x\r\n"), get(b"HTTP2_Settings: x\r\n")),
    # Target and authority
    *rows("PX-11", REFUSED, *(get(target=target) for target in (
        b"http://evil.example.com@P", b"https://evil.example.com@P",
        b"http://@H@P", b"evil.example.com:80", b"*", b"\\\\evil", b"@@evil",
        b"@P#a", b"@P\\a", b"@P a", b"", b"a", b"@P\x7f", b"@P\xc3\xa9",
        b"@P<>", b"@P\"")),
          b"CONNECT evil.example.com:80 HTTP/1.1\r\n" + LINES + b"\r\n",
          b"OPTIONS * HTTP/1.1\r\n" + LINES + b"\r\n",
          b"CONNECT @P HTTP/1.1\r\n" + LINES + b"\r\n"),
    *rows("PX-12", REFUSED, *(get(host=host) for host in (
        b"evil.example.com", b"", b"@H, evil", b"me@@H", b"@H:443", b"@H:8080",
        b"@H:0443", b"@H:080", b"@H:", b"@H:0", b"@H..", b".@H",
        b"@H:65536", b"@H:-80", b"[fe80::1%25eth0]", b"@H/x", b"@H@P",
        b"@K", b"127.0.0.1", b"svc.enclave.internal")),
          b"GET @P HTTP/1.1\r\nX: y\r\n\r\n",
          b"GET @P HTTP/1.1\r\n" + LINES + LINES + b"\r\n",
          b"GET @P HTTP/1.1\r\n" + LINES + b"host: evil\r\n\r\n"),
    *rows("PX-12.same", Passed(), *(get(host=host) for host in (
        b"@H:80", b"@H.", b"@H.:80", b"API.Svc.Enclave.INTERNAL"))),
    Request("PX-13", get(b"X-Forwarded-Host: evil\r\nForwarded: host=evil\r\n"
                         b"X-Original-URL: /admin\r\nX-Rewrite-URL: /admin\r\n"
                         b"X-HTTP-Method-Override: DELETE\r\n"
                         b"x_http_method_override: DELETE\r\n"
                         b"X-Method-Override: DELETE\r\n"
                         b"X-Middleware-Subrequest: a\r\n"
                         b"X-Forwarded-For: 1\r\n"
                         b"Proxy: http://evil\r\nX-Real-IP: 1\r\n"
                         b"X.HTTP.Method.Override: DELETE\r\n"
                         b"X-Kept: yes\r\n"),
            Passed(headers=b"X-Kept: yes\r\n")),
    *rows("PX-14", OUT_OF_SCOPE, *(get(target=target) for target in (
        b"/../admin", b"@P/..", b"@P/../../admin", b"/%2e%2e/admin",
        b"@P/..;/admin", b"@P/.%2e/admin", b"@P/%252e%252e/admin",
        b"@P/..%5cadmin", b"@P/..%2f..%2fadmin", b"@P/%c0%ae%c0%ae/a",
        b"@P%00", b"@P%3fa", b"@P%23a", b"//evil/x", b"@P//x", b"@P/./x",
        b"@P/.", b"@P;a=b", b"@P%3ba", b"@P%", b"@P%2", b"@P%zz", b"@P%2F",
        b"@P/..%20/x", b"@P/%20..", b"@P/...", b"@P%0a", b"@P%0d%0aX:y", b"@P%7f", b"@P%ff", b"@P%25"))),
    Request("PX-14.fine", get(target=b"@P/a/?q=../%2e%2e;/&//"),
            Passed(target="@P/a/?q=../%2e%2e;/&//")),
    Request("PX-14.text", get(target=b"@P/%C3%A9-~.a:@!$"),
            Passed(target="@P/%C3%A9-~.a:@!$")),
    *rows("PX-15", WRONG_METHOD, *(
        b"%s @P HTTP/1.1\r\n%s\r\n" % (method, LINES) for method in (
            b"get", b"TRACE", b"Get", b"TRACK1", b"M-SEARCH", b"GETT"))),
    Request("PX-15.override", post(b"X-HTTP-Method-Override: TRACE\r\n"
                                   b"Content-Length: 0\r\n"),
            Passed("POST", body=b"")),
    # Credentials
    *rows("PX-20", Passed(), *map(get, (
        b"Authorization: Bearer mine\r\n", b"aUTHORIZATION: x\r\n",
        b"Authorization:\r\n", b"Authorization: Bearer a, Bearer b\r\n",
        b"Proxy-Authorization: Basic eDp5\r\n", b"Proxy_Authorization: x\r\n",
        b"AUTHORIZATION: Basic eDp5\r\nProxy-Connection: close\r\n"))),
    *rows("PX-20.refused", REFUSED,
          get(b"Authorization: a\r\nAuthorization: b\r\n"),
          get(b"Authorization: a\r\n b\r\n")),
    Request("PX-20.key", get(b"X-Api-Key: mine\r\nx-api-key: mine\r\n"
                             b"Authorization: mine\r\n", host=b"@K"),
            Passed(), "@K"),
    *[Request(f"PX-20.name.{at}", get(headers, host=b"@N"), expected, "@N")
      for at, (headers, expected) in enumerate((
          (b"Authorization: Basic bWluZTptaW5l\r\n", Passed()),
          (b"authorization: Bearer a, Basic b\r\n", Passed()),
          (b"Authorization:\r\nProxy-Authorization: Basic eDp5\r\n",
           Passed()),
          (b"Connection: authorization\r\n", Passed()),
          (b"Authorization: a\r\nAUTHORIZATION: b\r\n", REFUSED),
          (b"Authorization: a\r\n b\r\n", REFUSED)))],
    Request("PX-20.key.twice", get(b"Authorization: a\r\n" * 2, host=b"@K"),
            REFUSED, "@K"),
    Request("PX-21", get(b"X-Api-Key: mine\r\nCookie: a=b\r\n"),
            Passed(headers=b"X-Api-Key: mine\r\nCookie: a=b\r\n")),
    *rows("PX-22", Passed(),
          get(b"Connection: authorization, host\r\n"),
          get(b"Connection: x-one\r\nX-One: a\r\n"),
          get(b"Connection: keep-alive\r\nKeep-Alive: timeout=5\r\n"
              b"TE: trailers\r\nTrailer: x\r\n")),
    Request("PX-22.key", get(b"Connection: x-api-key, authorization\r\n",
                             host=b"@K"), Passed(), "@K"),
]

OK = b"HTTP/1.1 200 OK\r\n"
LONG = OK + b"Content-Length: 5\r\n\r\nhello"
EVIL = OK + b"Content-Length: 4\r\n\r\nevil"
CHUNKS = OK + b"Transfer-Encoding: chunked\r\n\r\n"


def heads(name, expected, *headers, status=b"200 OK"):
    """Of responses with these headers, and a body that fits Content-Length."""
    return [Response(f"{name}.{at}", [b"HTTP/1.1 %s\r\n%s\r\n%s" % (
        status, lines, FIVE)], expected) for at, lines in enumerate(headers)]


def raw(name, expected, *texts, **more):
    return [Response(f"{name}.{at}", [text], expected, **more)
            for at, text in enumerate(texts)]


FINE = Given(200, FIVE)
RESPONSES = [
    *raw("RP-00", FINE, LONG, CHUNKS + GOOD,
         OK + b"content-length: 5\r\nX: y\r\n\r\nhello",
         OK + b"Content-Length: 5\r\nX: \xc3\xa9\r\n\r\nhello",
         OK + b"Content-Length: 5\r\nExpect: x\r\nHost: a b\r\n\r\nhello",
         OK + b"Content-Length: 5\r\n" + b"Content-Type: a/b\r\n" * 2 +
         b"\r\nhello",
         b"HTTP/1.1 200\r\nContent-Length: 5\r\n\r\nhello"),
    *raw("RP-00.close", FINE, OK + b"\r\nhello", after="close"),
    *raw("RP-00.older", FINE, b"HTTP/1.0 200 OK\r\n\r\nhello",
         b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n"
         b"Connection: keep-alive\r\n\r\nhello", after="close"),
    *raw("RP-00.last", FINE, OK + b"Content-Length: 5\r\n"
         b"Connection: close\r\n\r\nhello", after="close"),
    Response("RP-01.reason", [b"HTTP/1.1 404 <b>Some words\r\n"
                              b"Content-Length: 5\r\n\r\nhello"],
             Given(404, FIVE, ((":reason", "Not Found"),))),
    Response("RP-01.unknown", [b"HTTP/1.1 299 <b>Some words\r\n"
                               b"Content-Length: 5\r\n\r\nhello"],
             Given(299, FIVE, ((":reason", "Unknown"),))),
    # Redirections are the program's to follow.
    *(Response(f"RP-06.{at}", [
        b"HTTP/1.1 302 Found\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n"
        % sent.encode()], Given(302, b"", (("location", seen),)))
      for at, (sent, seen) in enumerate((
          ("http://evil.example.com/x", "http://evil.example.com/x"),
          ("//evil.example.com/x", "//evil.example.com/x"),
          ("@U/a?b", "http://@H/a?b"), ("@B/a", "http://@H/a"),
          ("@B", "http://@H"), ("@Bother/a", "@O@Bother/a"),
          ("@U", "http://@H"), ("relative", "relative"),
          ("@O@@evil.example.com/", "@O@@evil.example.com/"),
          ("@O:80/x", "@O:80/x"), ("@Oevil/x", "@Oevil/x"),
          ("http://@S:81@B/a", "http://@S:81@B/a"),
          ("https://@A@B/a", "https://@A@B/a")))),
    *(Response(f"RP-06.body.{status}", [
        b"HTTP/1.1 %d x\r\nLocation: http://evil.example.com/x\r\n"
        b"Content-Length: 0\r\n\r\n" % status], Given(status, b"", ((
            "location", "http://evil.example.com/x"),)), method="POST")
      for status in (303, 307, 308)),
    # Framing
    *heads("RP-07", BAD,
           b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
           b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
           b"Content-Length: 5\r\nContent-Length: 5\r\n",
           b"Content-Length: 5\r\nContent-Length: 6\r\n",
           b"Content-Length: 5, 5\r\n", b"Content-Length: +5\r\n",
           b"Content-Length: -5\r\n", b"Content-Length: 05\r\n",
           b"Content-Length: 5 \r\n", b"Content-Length:\r\n",
           b"Content-Length: 99999999999999999999\r\n",
           b"Transfer-Encoding: gzip\r\n",
           b"Transfer-Encoding: gzip, chunked\r\n",
           b"Transfer-Encoding: chunked, chunked\r\n",
           b"Transfer-Encoding: chunked\r\n" * 2,
           b"Transfer-Encoding : chunked\r\n",
           b"Content-Length: 5\r\nX: a\r\n b\r\n",
           b"Content-Length: 5\r\nX: a\rb\r\n",
           b"Content-Length: 5\r\nX: a\nb\r\n",
           b"Content-Length: 5\r\nX: a\0b\r\n",
           b"Content-Length: 5\r\nX y: a\r\n", b"Content-Length: 5\r\n: a\r\n",
           b"Content-Length: 5\r\nnothing\r\n",
           b"Content-Length: 5\r\nX: " + b"a" * (1 << 20) + b"\r\n",
           b"Content-Length: 5\r\n" + b"X: a\r\n" * 20000,
           b"Content-Length: 5\r\nContent-Encoding: gzip\r\n",
           b"Content-Length: 5\r\nContent-Encoding: br\r\n",
           b"Content-Length: 5\r\nContent-Range: bytes 0-4/9\r\n"),
    *raw("RP-07.line", BAD, b"hello\r\n\r\n",
         b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + GOOD,
         b"HTTP/2 200\r\n\r\n", b"HTTP/1.1 20 OK\r\n\r\n", b"\r\n" + LONG,
         b"HTTP/1.1 2000 OK\r\n\r\n", b"HTTP/1.1 099 OK\r\n\r\n",
         b"HTTP/1.1  200 OK\r\n\r\n", b"ICY 200 OK\r\n\r\n",
         b"HTTP/1.1 200 OK\nContent-Length: 5\n\nhello",
         b"\x15\x03\x03\x00\x02\x02\x28" * 4,
         b"HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: x\r\n"
         b"\r\nhello",
         b"HTTP/1.1 206 Partial\r\nContent-Length: 5\r\n\r\nhello",
         b"HTTP/1.1 103 Hints\r\nLink: </x>\r\n\r\n" * 5000 + LONG,
         after="close"),
    *raw("RP-07.interim", FINE,
         b"HTTP/1.1 100 Continue\r\n\r\n" + LONG,
         b"HTTP/1.1 103 Hints\r\nLink: </x>\r\n\r\n" * 3 + LONG),
    *raw("RP-07.none", Given(204), b"HTTP/1.1 204 None\r\n\r\n"),
    *raw("RP-07.old", Given(304), b"HTTP/1.1 304 Same\r\nETag: x\r\n\r\n",
         b"HTTP/1.1 304 Same\r\nContent-Length: 5\r\n\r\n"),
    *raw("RP-07.short", Given(200), OK + b"Content-Length: 5\r\n\r\n", CHUNKS,
         method="HEAD"),
    # Bodies that end too early
    *raw("RP-08", CUT, OK + b"Content-Length: 50\r\n\r\nhello",
         CHUNKS, CHUNKS + b"5\r\nhello\r\n", CHUNKS + b"5\r\nhel",
         CHUNKS + b"5\r\nhello\r\n0\r\n", CHUNKS + b"5", after="close"),
    *raw("RP-08.reset", CUT, OK + b"Content-Length: 50\r\n\r\nhello",
         OK + b"\r\nhello", CHUNKS + b"5\r\nhello\r\n", after="reset"),
    *raw("RP-08.chunks", CUT, *(CHUNKS + text for text in (
        b"5\nhello\r\n0\r\n\r\n", b"0x5\r\nhello\r\n0\r\n\r\n",
        b"5;a=b\r\nhello\r\n0\r\n\r\n", b"-1\r\n\r\n",
        b"4\r\nhello\r\n0\r\n\r\n", b"5\r\nhello\r\n0\r\nX: y\r\n\r\n",
        b"5\r\nhello\r\nffffffffffffffffff\r\n", b"5\r\nhello\r\n\r\n"))),
    *raw("RP-08.none", BAD, b"", b"HTTP/1.1 200", OK, OK + b"X: y\r\n",
         after="close"),
    *raw("RP-08.none.reset", BAD, b"", OK, after="reset"),
]

# What follows a response that nobody asked for: these are played one by one,
# with a while before the next request. One that doesn't wait for it can't tell
# it from its own response, and neither can we.
STRAY = [
    *raw("RP-07.two", FINE, *[LONG + EVIL] * 5,
         *[LONG + b"x"] * 2, CHUNKS + GOOD + LONG),
    *raw("RP-07.bodiless", Given(204),
         b"HTTP/1.1 204 None\r\nContent-Length: 5\r\n\r\nhello"),
    *raw("RP-07.same", Given(304),
         b"HTTP/1.1 304 Same\r\nContent-Length: 5\r\n\r\nhello"),
    *raw("RP-07.head", Given(200), LONG, CHUNKS + GOOD, method="HEAD"),
    *(Response(f"RP-07.later.{at}", [
        LONG, 0.01 * at, EVIL], FINE)
      for at in range(5)),
]
