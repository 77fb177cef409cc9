# id: RC-60.many-results   class: MISLABEL   kind: client
# Results of a program, of its children and of an orphan that goes on after the
# end, with a piece of one between them. What comes back is one of those that
# were written, or none and a word why: never a mixture.
from enclave_client import Client

CODE = r"""
import os, socket, struct
def begin(data):
    channel = socket.socket(socket.AF_UNIX)
    channel.connect("\0enclave-result")
    channel.sendall(data)
    return channel
def deliver(text):
    with begin(struct.pack(">I", len(text)) + text) as channel:
        return channel.recv(1)
deliver(b'{"whole": 1}')
me = os.getpid()
if os.fork() == 0:
    os.setsid()
    while os.getppid() == me:
        pass
    for i in range(20000):
        try:
            deliver(b'{"late": %d}' % i)
        except OSError:
            break
    os._exit(0)
child = os.fork()
if child == 0:
    for i in range(1000):
        assert deliver(b'{"child": %d, "pad": "%s"}' % (i, b"x" * 100)) == b"\0"
    os._exit(0)
os.waitpid(child, 0)
if PIECE:
    kept = begin(struct.pack(">I", 1000) + b'{"part":')
print("end", flush=True)
os._exit(7)
"""
client = Client()
for piece in (False, True, False, True):
    session = client.run({"language": "python", "code": f"PIECE = {piece}\n" + CODE, "limits": {"wallClockSeconds": 20}})
    result = session["result"]
    assert (session["outcome"], result["exitCode"], result["stdout"]) == ("failed", 7, "end\n"), session
    kinds = [event["type"] for event in client.events(session["id"])]
    # Each delivery was answered, so the child's last one had arrived.
    assert result["json"] == {"child": 999, "pad": "x" * 100} or "late" in result["json"], (result["json"], kinds)
    assert kinds.count("workload_exited") == kinds.count("session_sealed") == 1, kinds
