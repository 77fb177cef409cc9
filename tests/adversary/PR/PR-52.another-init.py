# id: PR-52.another-init   class: ESC   kind: client
# A program brings a copy of init along and runs it, with every word that it
# knows, as root's child would be, and with a peer that speaks its language: it
# has no right, ends by itself or is killed, says nothing to anybody outside, and
# the session's result stays the program's.
import base64
from enclave_client import Client
from enclave_test import BIN

CODE = r"""
import os, socket, struct, subprocess
path, ran = "/work/init", 0
frames = [b"", b"\x00" * 64, b"\xff" * 64, struct.pack(">I", 1 << 31) + b"x",
          b'{"type":"result","json":{"mine":false}}\n', os.urandom(4096)]
for words in (["python"], ["node"], ["command"], ["python", "guest"], ["command", "guest"],
              ["--check"], ["--help"], [], ["x" * 4096], ["python"] * 100):
    for frame in frames:
        ours, theirs = socket.socketpair()
        ours.send(frame) if frame else None
        def place():
            for fd in range(3, 8):
                os.dup2(theirs.fileno(), fd)
        try:
            child = subprocess.Popen([path, *words], close_fds=False, preexec_fn=place,
                                     stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                     stderr=subprocess.DEVNULL)
        except OSError:
            continue
        ran += 1
        theirs.close()
        ours.shutdown(socket.SHUT_WR)
        try:
            child.wait(0.3)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        ours.close()
enclave.result({"mine": True, "ran": ran})
"""
client = Client()
session = client.run({
    "language": "python", "code": CODE, "limits": {"wallClockSeconds": 60, "pidsLimit": 32},
    "files": [{"path": "init", "mode": "0755", "contentBase64": base64.b64encode(
        (BIN / "enclave-init").read_bytes()).decode()}]})
assert session["outcome"] == "succeeded", session
assert session["result"]["json"]["mine"] and session["result"]["json"]["ran"] >= 50, session
kinds = [event["type"] for event in client.events(session["id"])]
print(session["result"]["json"], {k: kinds.count(k) for k in kinds})
for kind in ("quota_kill", "egress_denied", "result_rejected"):
    assert kind not in kinds, kinds
for kind in ("sandbox_started", "result_collected", "workload_exited", "session_sealed"):
    assert kinds.count(kind) == 1, kinds
