# id: RC-16.json-lines   class: MISLABEL   kind: client
# A result whose JSON has line ends between its tokens, which is valid, and
# would end an event of a stream that quotes it as it is.
import json
from enclave_client import Client

client = Client()
code = r'''
import socket, struct
text = b'{\n\n"a"\r\n:\r\r[1,\n\n\n2\t]\n\n, "b":"\xc2\x85\xe2\x80\xa8\xf0\x9f\x94\x92\x7f", "n": 1.50\n}\n\n'
channel = socket.socket(socket.AF_UNIX)
channel.connect("\0enclave-result")
channel.sendall(struct.pack(">I", len(text)) + text)
assert channel.recv(1) == b"\0"
'''
wanted = {"a": [1, 2], "b": "\x85\u2028\U0001f512\x7f", "n": 1.5}
session = client.run({"code": code, "language": "python"})
assert session["result"]["json"] == wanted, session["result"]
for path in ("", "/result"):
    reply = client.expect(200, "GET", f"/v1/sessions/{session['id']}{path}")
    assert reply.body.isascii() and b"1.50" in reply.body and b"\n" not in reply.body.rstrip(b"\n"), reply.body
stream = client.expect(200, "GET", f"/v1/sessions/{session['id']}/stream").body
assert stream.isascii() and b"\r" not in stream, stream
blocks = [b for b in stream.decode().split("\n\n") if "event: result\n" in b]
assert len(blocks) == 1 and blocks[0].count("\n") == 2, blocks
assert json.loads(blocks[0].split("data: ", 1)[1])["json"] == wanted, blocks
