# id: NT-55.last-breath   class: AUDIT   kind: client
# What a program tries until the very moment that it is killed is in the record,
# whichever end comes: it says how often it had tried, and the record has no
# less, and at most what was between two of its words.
from enclave_client import Client

BATCH = 10
CODE = """
import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
tried = 0
while True:
    for _ in range(%d):
        s.sendto(b"x", ("203.0.113.9", 9))
        tried += 1
    print(tried, flush=True)
    time.sleep(0.002)
    %s
"""
ENDS = {
    "wall clock": ("", {"wallClockSeconds": 1}, "wall_clock_exceeded"),
    "memory": ("if tried > 500: keep = b'x' * (400 << 20)", {"memoryMb": 64}, "memory_exceeded"),
    "processor": ("sum(range(200000))", {"cpuSeconds": 1, "wallClockSeconds": 30}, "cpu_exceeded"),
    "itself": ("import os; tried > 500 and os.kill(os.getpid(), 9)", {}, None),
    "its parent": ("import os; tried > 500 and os.kill(-1, 9)", {}, None),
}
client = Client()
for name, (code, limits, reason) in ENDS.items():
    session = client.run({"language": "python", "code": CODE % (BATCH, code), "limits": limits})
    assert session["killReason"] == reason, (name, session)
    said = int(session["result"]["stdout"].split()[-1])
    counted = sum(e["data"]["count"] for e in client.events(session["id"]) if e["type"] == "egress_denied")
    print(name, said, counted)
    assert said <= counted <= said + BATCH, (name, said, counted)
    assert session["usage"]["egressAttempts"] == counted, (name, session["usage"], counted)
