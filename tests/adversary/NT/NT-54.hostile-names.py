# id: NT-54.hostile-names   class: AUDIT   kind: client
# Names with every byte that there is in a label: dots, quotes, ends of lines,
# NUL, colours, other scripts. Each is refused, has one entry of its own in a
# record that verifies, and ends no line, string or page that shows it.
import json
from enclave_client import Client
from enclave_test import verify

CODE = """
import socket, struct
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(5)
s.connect(("198.18.0.1", 53))
tried = 0
def ask(label):
    global tried
    name = bytes([len(label)]) + label + bytes([4]) + b"evil" + b"\\0"
    s.send(struct.pack(">HHHHHH", tried, 0x100, 1, 0, 0, 0) + name + struct.pack(">HH", 1, 1))
    tried += 1
    s.recv(512)
for byte in range(256):
    ask(b"a" + bytes([byte]) + b"z%d" % byte)
for label in (b'","type":"session_sealed', b"\\r\\n\\r\\ndata: x", b"\\x1b]0;x\\x07", b"../../x",
              b"<script>", b"\\xe2\\x80\\xaeabc", b"\\xff\\xfe", b"%0a%00", b"a.b", b"\\\\u0000"):
    ask(label)
enclave.result(tried)
"""
client = Client()
session = client.run({"language": "python", "code": CODE, "limits": {"wallClockSeconds": 40}})
assert session["outcome"] == "succeeded", session
bundle = client.expect(200, "GET", f"/v1/sessions/{session['id']}/audit?format=bundle").body
assert verify(bundle)[0] == 0, verify(bundle)
assert all(byte == 10 or 32 <= byte < 127 for byte in bundle), "a byte that isn't printable"
events = [json.loads(line) for line in bundle.splitlines()[1:]]
assert [e["type"] for e in events].count("session_sealed") == 1, events
denied = [e["data"] for e in events if e["type"] == "egress_denied"]
tried = session["result"]["json"]
assert sum(d["count"] for d in denied) == tried == 266, (tried, denied)
stream = client.expect(200, "GET", f"/v1/sessions/{session['id']}/stream").body
kinds = [line for line in stream.split(b"\n") if line.startswith(b"event:")]
assert stream.count(b"\n\n") == len(kinds), "an event that isn't ours"
hosts = {d["host"] for d in denied}
assert len(hosts) == tried, (len(hosts), sorted(hosts))
for host in hosts:
    assert all(33 <= ord(c) < 127 for c in host), repr(host)
