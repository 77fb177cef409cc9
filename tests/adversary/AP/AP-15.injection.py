# id: AP-15.injection   class: ESC   kind: client
# Names and words that a shell, a loader or a path would understand: refused by
# name, or passed on as the plain argument that they are.
from enclave_client import Client

client = Client()
base = {"code": "pass", "language": "python"}
def refused(**fields):
    reply = client.request("POST", "/v1/sessions", {**base, **fields})
    assert 400 <= reply.status < 500, (fields, reply.status, reply.body[:300])
for name in ("ENCLAVE_SESSION_ID", "ENCLAVE_X", "ENCLAVE_START", "", "A=B", "A\0B", "\u00e9", "A B", "A\nB", "1A"):
    refused(env={name: "x"})
refused(env={"A": "x\0y"})
# What acts on a program that starts acts on the session's program, not on what
# starts it: it does what it does anywhere.
acting = {name: "/work/nothing" for name in ("LD_PRELOAD", "LD_LIBRARY_PATH", "LD_AUDIT", "PYTHONSTARTUP", "PYTHONPATH", "BASH_ENV", "GCONV_PATH", "PATH", "HOME")}
session = client.run({"code": "import os\nprint(os.environ['HOME'])", "language": "python", "env": acting})
assert session["outcome"] == "succeeded" and session["result"]["stdout"] == "/work/nothing\n", session
session = client.run({"code": "console.log(typeof left, process.env.NODE_OPTIONS)", "language": "node", "env": {"NODE_OPTIONS": "--require=/work/pre.js"},
                      "files": [{"path": "pre.js", "content": "globalThis.left = 1"}]})
assert session["result"]["stdout"] == "number --require=/work/pre.js\n", session
refused(env={"NODE_OPTIONS": "x\0y"})
for path in ("main.py", "main.py/x"):
    refused(files=[{"path": path, "content": ""}])
refused(env={f"N{i}": "" for i in range(10000)})
for place in ("../default", "-v", "a;b", "default/../default", "/", "default\n", "default ", "DEFAULT", "$(id)", "."):
    refused(environment=place)
for path in ("../x", "/x", "a/../b", "./a", "a//b", "a/", "", ".", "..", "a\0b", "a" * 2000, "/".join(["d"] * 600), ".." + "\u2215x" * 0):
    refused(files=[{"path": path, "content": ""}])
for language in ("py\0", "python3", "Python", "python;id", "../python"):
    refused(language=language)
for mode in ("4755", "2755", "1777", "999", "0o7", "-1", "rwx", "77777", " 755", "\t755", "755 ", "+755", "0x1f", "0 55", "755\n"):
    refused(files=[{"path": "a", "content": "", "mode": mode}])
words = ["$(id)", "; id", "`id`", "| id", "-c", "--", "\n", "", "*", "~", "'", '"', "\\"]
session = client.run({"command": ["/usr/bin/python3", "-c", "import sys, json; print(json.dumps(sys.argv[1:]))", *words]})
import json
assert json.loads(session["result"]["stdout"]) == words, session["result"]
session = client.run({**base, "code": "import os\nprint(os.environ['A'])", "env": {"A": "$(id);`id`\n=B=C", "a": "", "_": "x"}})
assert session["result"]["stdout"] == "$(id);`id`\n=B=C\n", session["result"]
for missing in (["nothing-like-this"], ["../../bin/x"], ["/work"], ["/etc/passwd"]):
    session = client.run({"command": missing})
    assert session["outcome"] == "failed" and session["killReason"] is None, session
