# id: AP-17.methods   class: LEAK   kind: client
from enclave_client import Client
client = Client()
for method in ("TRACE", "CONNECT", "PUT", "PATCH", "BREW", "get", "OPTIONS"):
    answer = client.raw(f"{method} /v1/sessions HTTP/1.1\r\nHost: e\r\nX-Canary: reflected\r\n\r\n".encode())
    assert answer.split()[1] in (b"400", b"405", b"501"), (method, answer)
    assert b"reflected" not in answer, answer
assert client.request("GET", "/v1/nothing").status == 404
assert client.request("GET", "/v1/sessions/%2e%2e/healthz").status in (400, 404)
assert client.request("GET", "/v1/sessions/..%2f..%2fetc").status in (400, 404)
