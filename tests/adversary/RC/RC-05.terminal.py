# id: RC-05.terminal   class: ESC   kind: client
# Escape sequences, titles, clipboard writes, bidi and zero-width characters:
# the API shows them as escapes, and no command of ours lets them through.
import os
import subprocess
from enclave_client import Client
from enclave_test import BIN

client = Client()
EVIL = "\x1b]0;title\x07\x1b]52;c;ZXZpbA==\x07\x1b[2J\x9b31m\u202eevil\u200b\u2066\x08\x7f\r\n"
code = f"import sys\nprint({EVIL!r})\nprint({EVIL!r}, file=sys.stderr)\nenclave.result({{{EVIL!r}: {EVIL!r}}})\nimport socket\ntry:\n    socket.getaddrinfo('evil\\x1b[2J.example', 80)\nexcept Exception:\n    pass\n"
session = client.run({"code": code, "language": "python", "labels": {"l" + EVIL[:10]: EVIL}})
assert EVIL.rstrip("\r\n") in session["result"]["stdout"], session
for path in ("", "/result", "/audit", "/audit?format=bundle"):
    reply = client.expect(200, "GET", f"/v1/sessions/{session['id']}{path}")
    bad = [byte for byte in reply.body if byte < 0x20 and byte != 0x0a or byte >= 0x7f]
    if path in ("/audit", "/audit?format=bundle"):
        assert not bad, (path, bad)
    assert not any(byte < 0x20 and byte != 0x0a for byte in bad), (path, bad)
    assert "\u202e".encode() not in reply.body and b"\x9b" not in reply.body, path
env = {"ENCLAVE_BASE_URL": os.environ["ENCLAVE_BASE_URL"], "PATH": os.environ["PATH"]}
for words in (["sessions"], ["audit", "show", session["id"]], ["result", session["id"], "--json"], ["sessions", "--json"]):
    done = subprocess.run([str(BIN / "enclave"), *words], capture_output=True, env=env)
    assert done.returncode == 0, (words, done)
    for bad in (b"\x1b", b"\x07", b"\x9b", b"\x08", "\u202e".encode(), "\u200b".encode()):
        assert bad not in done.stdout + done.stderr, (words, bad, done.stdout)
