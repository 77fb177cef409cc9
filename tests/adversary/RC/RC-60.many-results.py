# id: RC-60.many-results   class: MISLABEL   kind: client
# Results of a program, of its children and of an orphan that goes on after the
# end, with a piece of one between them. What comes back is one of those that
# were written, or none and a word why: never a mixture.
from enclave_client import Client

CODE = r"""
import os, struct
def frame(text):
    return struct.pack(">I", len(text)) + text
os.write(3, frame(b'{"whole": 1}'))
me = os.getpid()
if os.fork() == 0:
    os.setsid()
    while os.getppid() == me:
        pass
    for i in range(20000):
        try:
            os.write(3, frame(b'{"late": %d}' % i))
        except OSError:
            break
    os._exit(0)
child = os.fork()
if child == 0:
    for i in range(1000):
        os.write(3, frame(b'{"child": %d, "pad": "%s"}' % (i, b"x" * 100)))
    os._exit(0)
os.waitpid(child, 0)
if PIECE:
    os.write(3, struct.pack(">I", 1000) + b'{"part":')
print("end", flush=True)
os._exit(7)
"""
client = Client()
written = [{"whole": 1}, *({"child": i, "pad": "x" * 100} for i in range(1000)), *({"late": i} for i in range(20000))]
for piece in (False, True, False, True):
    session = client.run({"language": "python", "code": f"PIECE = {piece}\n" + CODE, "limits": {"wallClockSeconds": 20}})
    result = session["result"]
    assert (session["outcome"], result["exitCode"], result["stdout"]) == ("failed", 7, "end\n"), session
    kinds = [event["type"] for event in client.events(session["id"])]
    assert result["json"] in written or "result_rejected" in kinds, (result["json"], kinds)
    assert kinds.count("workload_exited") == kinds.count("session_sealed") == 1, kinds
