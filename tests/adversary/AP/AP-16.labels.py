# id: AP-16.labels   class: MISLABEL   kind: client
# Labels of any text come back as they were and nowhere else; what is too long
# is refused.
from enclave_client import Client

client = Client()
base = {"code": "pass", "language": "python"}
texts = ["a\r\nSet-Cookie: x", "\"'\\", "</script>", "\u202e\u2066", "\U0001f512", "\x1b[2J", "a:b:c", "%s%n", "' OR 1=1 --", "\ufeff", "\ud7ff", "a" * 255]
session = client.run({**base, "labels": {f"l{i}": text for i, text in enumerate(texts)}})
found = client.expect(200, "GET", f"/v1/sessions/{session['id']}")
assert found.json["labels"] == {f"l{i}": text for i, text in enumerate(texts)}, found.json["labels"]
assert not set(found.body) & {*range(10), *range(11, 32)}, "control characters"
assert "Set-Cookie" not in found.headers
for name in ("a b", "a\r\nb", "'", "\u00e9", "--", "</x>", "a" * 63):
    reply = client.request("POST", "/v1/sessions?wait=60s", {**base, "labels": {name: "v"}})
    assert reply.status in (201, 400), (name, reply.status, reply.body)
    if reply.status == 201:
        assert reply.json["labels"] == {name: "v"}, reply.json
for labels in ({"a": "x" * 256}, {"a" * 64: ""}, {"": ""}, {"a": "x" * 10000}, {"a": 1}, {"a": None}, {"a": "\0"}, {f"l{i}": "" for i in range(33)}, []):
    reply = client.request("POST", "/v1/sessions", {**base, "labels": labels})
    assert reply.status == 400, (labels, reply.status, reply.body)
from urllib.parse import quote
for i, text in enumerate(texts[:9]):
    listed = client.expect(200, "GET", f"/v1/sessions?label={quote(f'l{i}:{text}', safe='')}").json["sessions"]
    assert [s["id"] for s in listed] == [session["id"]], (text, listed)
