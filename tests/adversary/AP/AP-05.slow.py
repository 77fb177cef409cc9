# id: AP-05.slow   class: PEERDOS   kind: client
# A byte at a time in head and body, and answers that nobody reads, while a
# session runs as ever. tests/e2e/20_clients.py measures and waits for the end.
import socket
from enclave_client import Client

client = Client()
def crowd(count, text):
    sockets = []
    for _ in range(count):
        s = socket.socket(socket.AF_UNIX)
        s.connect(client.path)
        s.sendall(text)
        s.setblocking(False)
        sockets.append(s)
    return sockets
slow = crowd(300, b"GET /v1/healthz HTTP/1.1\r\nHost: e\r\nX: ")
slow += crowd(100, b"POST /v1/sessions HTTP/1.1\r\nHost: e\r\nContent-Type: application/json\r\nContent-Length: 9000\r\n\r\n{")
slow += crowd(100, b"GET /v1/openapi.json HTTP/1.1\r\nHost: e\r\n\r\n" * 60)
for turn in range(5):
    for s in slow[:400]:
        s.send(b"a")
    session = client.run({"code": f"print({turn})", "language": "python"})
    assert session["result"]["stdout"] == f"{turn}\n", session
for s in slow:
    s.close()
assert client.request("GET", "/v1/healthz").status == 200
