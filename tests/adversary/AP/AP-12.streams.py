# id: AP-12.streams   class: PEERDOS   kind: client
# Readers of a stream that never read, read a byte, reset, or come back with a
# position from nowhere: the session's speed is its own, and a reader that
# comes properly gets everything.
import base64
import json
import socket
import struct
from enclave_client import Client

client = Client()
code = "import sys, time\nfor i in range(40):\n    sys.stdout.write('x' * 99999 + '\\n')\n    sys.stdout.flush()\n    time.sleep(0.02)\n"
session = client.expect(201, "POST", "/v1/sessions", {"code": code, "language": "python", "limits": {"outputBytes": 8388608}}).json["id"]
ask = f"GET /v1/sessions/{session}/stream HTTP/1.1\r\nHost: e\r\n\r\n".encode()
readers = []
for number in range(90):  # 60 of them stay: a session has at most 64 streams
    s = socket.socket(socket.AF_UNIX)
    s.connect(client.path)
    s.sendall(ask)
    if number % 3 == 0:
        s.recv(1)
    if number % 3 == 1:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        s.close()
    else:
        readers.append(s)
body = client.expect(200, "GET", f"/v1/sessions/{session}/stream").body.decode()
def output(text):
    return b"".join(base64.b64decode(json.loads(block.split("data: ", 1)[1])["base64"]) for block in text.split("\n\n") if "event: stdout" in block)
assert output(body) == (b"x" * 99999 + b"\n") * 40, len(output(body))
assert body.count("event: end\n") == 1, body[-300:]
ended = client.expect(200, "GET", f"/v1/sessions/{session}").json
assert ended["outcome"] == "succeeded", ended
for bad in ("0", "garbage", "1-2-3", "9" * 60, "-1", "18446744073709551616-0", "", "0-0-0-0-0", "s-0000000000-1"):
    reply = client.request("GET", f"/v1/sessions/{session}/stream", None, {"Last-Event-ID": bad})
    assert reply.status in (200, 400), (bad, reply.status, reply.body[:200])
    if reply.status == 200:
        assert reply.body.count(b"event: end\n") <= 1, (bad, reply.body[-300:])
for s in readers:
    s.close()
assert client.run({"code": "print(3)", "language": "python"})["result"]["stdout"] == "3\n"
