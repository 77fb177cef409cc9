# id: AP-06.sizes   class: HOSTDOS   kind: client
from enclave_client import Client
client = Client()
def status(text):
    answer = client.raw(text)
    return int(answer.split()[1]) if answer.startswith(b"HTTP/1.1 ") else 0
head = b"GET /v1/healthz HTTP/1.1\r\nHost: e\r\n"
assert status(head + b"X: " + b"a" * (1 << 20) + b"\r\n\r\n") in (431, 0)
assert status(head + b"".join(b"X-%d: a\r\n" % i for i in range(10000)) + b"\r\n") in (431, 0)
assert status(b"GET /" + b"a" * (1 << 20) + b" HTTP/1.1\r\nHost: e\r\n\r\n") in (414, 431, 0)
assert status(b"POST /v1/sessions HTTP/1.1\r\nHost: e\r\nContent-Type: application/json\r\n"
              b"Content-Length: 10000000000\r\n\r\n") == 413
reply = client.request("POST", "/v1/sessions", {"code": "#" * ((1 << 20) + 1), "language": "python"})
assert reply.status in (400, 413), reply.status
reply = client.request("POST", "/v1/sessions", {"code": "pass", "language": "python", "env": {f"E{i}": "" for i in range(65)}})
assert reply.status in (400, 413), reply.status
reply = client.request("POST", "/v1/sessions", {"code": "pass", "language": "python", "labels": {f"l{i}": "" for i in range(33)}})
assert reply.status in (400, 413), reply.status
assert client.request("GET", "/v1/healthz").status == 200
