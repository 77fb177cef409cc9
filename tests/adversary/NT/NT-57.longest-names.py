# id: NT-57.longest-names   class: AUDIT   kind: client
# Names of the greatest length, which differ in their last byte alone: of
# letters, of bytes that are written as escapes, with as many labels as fit. Each
# has a line of its own in the record, which has all of it, and an answer to a
# connection names all of it. What is longer isn't a name, and counts.
from enclave_client import Client

CODE = r"""
import socket, struct
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(5)
s.connect(("198.18.0.1", 53))
tried = 0
def ask(labels):
    global tried
    name = b"".join(bytes([len(l)]) + l for l in labels) + b"\0"
    s.send(struct.pack(">HHHHHH", tried, 0x100, 1, 0, 0, 0) + name + struct.pack(">HH", 1, 1))
    tried += 1
    answer = s.recv(512)
    return answer[-4:] if answer[7] else None
def longest(byte, last):
    return [byte * 63] * 3 + [byte * 60 + last]
for last in (b"a", b"b", b"c"):
    ask(longest(b"x", last))
for last in (b"\xfd", b"\xfe", b"\xff", b"\0", b"."):
    address = ask(longest(b"\xff", last))
for last in (b"a", b"b"):
    ask([b"y"] * 126 + [last])
assert ask([b"x" * 63] * 3 + [b"x" * 62]) is None
c = socket.create_connection((socket.inet_ntoa(address), 80), 5)
c.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
answer = b""
while piece := c.recv(65536):
    answer += piece
enclave.result({"tried": tried, "answer": answer.decode()})
"""
client = Client()
session = client.run({"language": "python", "code": CODE, "limits": {"wallClockSeconds": 40}})
assert session["outcome"] == "succeeded", session
found = session["result"]["json"]
denied = [e["data"] for e in client.events(session["id"]) if e["type"] == "egress_denied"]
asked = {d["host"]: d["count"] for d in denied if d["via"] == "dns" and d["host"] != "(more)"}
assert all(d["ip"] == (d["host"] if d["host"] == "198.18.0.1" else None) for d in denied if d["via"] == "dns"), denied
odd = "\\255" * 63
names = ([".".join(["x" * 63] * 3 + ["x" * 60 + last]) for last in "abc"] +
         [".".join([odd] * 3 + ["\\255" * 60 + last]) for last in ("\\253", "\\254", "\\255", "\\000", "\\046")] +
         ["y." * 126 + last for last in "ab"])
assert [len(n) for n in names] == [253] * 3 + [1003] * 5 + [253] * 2, [len(n) for n in names]
assert asked == {**dict.fromkeys(names, 1), "198.18.0.1": 1}, asked
questions = sum(d["count"] for d in denied if d["via"] == "dns")
assert questions == found["tried"] == len(names) + 1, (questions, found["tried"])
connected = [d for d in denied if d["proto"] == "tcp"]
assert [d["host"] for d in connected] == [names[7]], connected
assert names[7].replace("\\", "\\\\") + ":80 is denied" in found["answer"], found["answer"]
