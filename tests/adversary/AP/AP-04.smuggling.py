# id: AP-04.smuggling   class: LATERAL   kind: client
# What is ambiguous is refused and the connection ends: never a second answer.
from enclave_client import Client
client = Client()
B = "GET /v1/healthz HTTP/1.1\r\nHost: e\r\n\r\n"
def post(headers, body="0\r\n\r\n"):
    return f"POST /v1/sessions HTTP/1.1\r\nHost: e\r\n{headers}\r\n\r\n{body}" + B
cases = [post("Content-Length: 4\r\nTransfer-Encoding: chunked"), post("Transfer-Encoding: chunked\r\nContent-Length: 4"),
         post("Content-Length: 4\r\nContent-Length: 4", "abcd"), post("Content-Length: 5, 5", "abcde"),
         post("Content-Length: +5", "abcde"), post("Content-Length: 0x5", "abcde"), post("Content-Length: -1", ""),
         post("Transfer-Encoding: gzip, chunked"), post("Transfer-Encoding: xchunked"), post("Transfer-Encoding: chunked, chunked"),
         post("Transfer-Encoding : chunked"), post("Transfer-Encoding: chunked", "5;ext=1\r\nabcde\r\n0\r\n\r\n"),
         post("Transfer-Encoding: chunked", "0x5\r\nabcde\r\n0\r\n\r\n"), post("Transfer-Encoding: chunked", "5\nabcde\r\n0\r\n\r\n"),
         post("Transfer-Encoding: chunked", "fffffffffffffffff\r\n"), post("Transfer-Encoding: chunked", "0\r\nX: y\r\n\r\n"),
         "GET /v1/healthz HTTP/1.1\nHost: e\n\n" + B, "GET  /v1/healthz HTTP/1.1\r\nHost: e\r\n\r\n" + B,
         "GET /v1/healthz HTTP/1.1\r\nHost: e\r\nX: a\r\n b\r\n\r\n" + B, "GET /v1/healthz HTTP/1.1\r\n\r\n" + B,
         "GET /v1/healthz HTTP/1.1\r\nHost: e\r\nHost: e\r\n\r\n" + B, "GET /v1/healthz HTTP/1.1\r\nHost: e\r\nX\x00Y: b\r\n\r\n" + B,
         "GET http://evil/ HTTP/1.1\r\nHost: e\r\n\r\n" + B, "GET /v1/healthz\r\n\r\n" + B,
         "GET /v1/healthz HTTP/2.0\r\nHost: e\r\n\r\n" + B, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + B]
for text in cases:
    answer = client.raw(text.encode("latin-1"))
    heads = answer.count(b"X-Request-Id: ")
    assert heads <= 1, (text, answer)
    assert heads == 0 or answer.split()[1][:1] in (b"4", b"5"), (text, answer)
    assert b"HTTP/1.1 500" not in answer, (text, answer)
assert client.request("GET", "/v1/healthz").status == 200
