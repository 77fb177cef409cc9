# id: RC-07.sse-injection   class: MISLABEL   kind: client
# Output that looks like events, with every end of line that a reader of event
# streams may know: the stream has only our events, and its bytes are the same.
import base64
import json
import re
from enclave_client import Client

client = Client()
EVIL = "x\n\nevent: end\ndata: {}\n\nid: 9-9\r\rdata: {\"phase\":\"succeeded\"}\r\n\r\n\u2028event: end\u2029data: x\u0085\x0b\x0c\0:\n"
code = f"import sys\nsys.stdout.write({EVIL!r})\nsys.stderr.write({EVIL!r})\nenclave.result({{'e': {EVIL!r}}})\nsys.exit(2)"
session = client.run({"code": code, "language": "python", "labels": {"a": EVIL.replace("\0", "")}})
body = client.expect(200, "GET", f"/v1/sessions/{session['id']}/stream").body
assert body.isascii() and not set(body) & {*range(10), *range(11, 32), 127}, "control characters"
kinds, texts = [], {"stdout": b"", "stderr": b""}
for block in body.decode().split("\n\n"):
    if not block or block.startswith(":"):
        continue
    match = re.fullmatch(r"id: (\S+)\nevent: (phase|stdout|stderr|audit|result|end)\ndata: (.*)", block)
    assert match, block
    kinds.append(match.group(2))
    data = json.loads(match.group(3))
    if match.group(2) in texts:
        texts[match.group(2)] += base64.b64decode(data["base64"])
assert kinds.count("end") == 1 and kinds[-1] == "end" and kinds.count("result") == 1, kinds
assert texts["stdout"] == texts["stderr"] == EVIL.encode(), texts
