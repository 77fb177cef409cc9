# id: AP-61.odd-places   class: HOSTDOS   kind: client   alone: machine
# Odd values in each place of a request that isn't its body: ids and what
# follows them, positions in a stream, labels, times, numbers, methods,
# headers. Each has an answer within a second or two, and none is a 5xx.
import time
from enclave_client import Client
from pace import paced

client = Client()
session = client.run({"language": "python", "code": "print('x')", "labels": {"a": "b:c"}})["id"]
asked = 0


def check(method, path, headers=None, body=None):
    global asked
    head = "".join(f"{name}: {value}\r\n" for name, value in (headers or {}).items())
    length = f"Content-Length: {len(body)}\r\nContent-Type: application/json\r\n" if body is not None else ""
    begin = time.monotonic()
    answer = client.raw(f"{method} {path} HTTP/1.1\r\nHost: e\r\n{length}{head}\r\n".encode() + (body or b""))
    took = time.monotonic() - begin
    asked += 1
    words = answer.split(b" ", 2)
    assert words[0] == b"HTTP/1.1" and (words[1] < b"500" or words[1] == b"501"), (method, path[:80], headers, answer[:200])
    assert took < paced(2), (method, path[:80], took)


NUMBERS = ("0", "-1", "+1", "1e3", "9223372036854775808", "18446744073709551616", "%00", "%31", "1%", "", "%20" + "1", "1" * 300)
for number in NUMBERS:
    for query in ("limit", "cursor", "phase", "label", "since", "format", "x"):
        check("GET", f"/v1/sessions?{query}={number}")
    check("GET", f"/v1/sessions?limit={number}&limit=1")
    check("GET", f"/v1/sessions/{session}?wait={number}")
for label in ("a:", ":a", "a:%00", "a:b%25", "%3a:%3a", "a:" + "b" * 5000, "%ff:%fe", "a:%E2%80%AE"):
    check("GET", "/v1/sessions?label=" + label)
for since in ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z", "2026-02-30T25:61:61Z", "2026-11-22T06:00:00.Z", "-2026-11-22T06:00:00Z", "99999999999-01-01T00:00:00Z"):
    check("GET", "/v1/sessions?since=" + since)
for place in ("0-0-0-0-0", "999-999999999-999999999-999999999-1", "1-1-1-1-2", "-----", "0-0-0-0-0-0", "000-000000000-0-0-0", "1-2-3-4", "\t0-0-0-0-0", "0" * 4000,
              "4294967295-0-0-0-0", "18446744073709551615-1-1-1-1"):
    check("GET", f"/v1/sessions/{session}/stream", {"Last-Event-ID": place})
for one in ("s-", "s-%2e%2e", "..", "%2e%2e%2fhealthz", "S-" + session[2:], session + "0", session[:-1], "a" * 79, "a" * 5000, "_", "-"):
    for tail in ("", "/result", "/audit", "/audit?format=bundle", "/stream"):
        check("GET", f"/v1/sessions/{one}{tail}")
for method in ("HEAD", "OPTIONS", "PUT", "PATCH", "TRACE", "QUERY", "get", "A" * 100):
    for path in ("/v1/sessions", f"/v1/sessions/{session}", "/v1/healthz", "/healthz", "/v1/v1/healthz", "/v1", "/", "//healthz", "/v1//sessions"):
        check(method, path)
BODY = b'{"backend":"nowhere","language":"python","code":"pass"}'
for headers in ({"Authorization": "Bearer ek__"}, {"Authorization": "Bearer ek_" + "a" * 240}, {"Authorization": "Basic eDp5"}, {"Idempotency-Key": ""},
                {"Idempotency-Key": "x" * 256}, {"Idempotency-Key": "a\tb"}, {"Content-Encoding": "gzip"}, {"Expect": "100-continue"}, {"Upgrade": "h2c", "Connection": "Upgrade"}):
    check("POST", "/v1/sessions", headers, BODY)
assert asked > 200, asked
assert client.expect(200, "GET", f"/v1/sessions/{session}").json["id"] == session
