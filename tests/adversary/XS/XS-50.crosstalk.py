# id: XS-50.crosstalk   class: AUDIT   backends: native gvisor   kind: client
# Four sessions flood at a time, each with destinations and names of its own,
# from the same address to the same gate's address: no record has a line of
# another, each sum is exact.
import concurrent.futures
from enclave_client import Client

CODE = """
import socket
tried = 0
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for i in range(3000):
    s.sendto(b"x", (f"203.0.113.{OWN}", 1000 + i % 200))
    tried += 1
for i in range(200):
    c = socket.socket(); c.settimeout(2)
    try:
        c.connect((f"198.51.100.{OWN}", 2000 + i % 50))
    except OSError:
        pass
    tried += 1
for i in range(50):
    socket.getaddrinfo(f"n{i}.own{OWN}.example", 80, socket.AF_INET)
    tried += 1
enclave.result(tried)
"""


def one(number):
    client = Client()
    session = client.run({"language": "python", "code": f"OWN = {number}\n" + CODE, "limits": {"wallClockSeconds": 60}})
    lines = [e["data"] for e in client.events(session["id"]) if e["type"] == "egress_denied"]
    foreign = [d for d in lines if not (d["host"].endswith((f"203.0.113.{number}", f"198.51.100.{number}", f".own{number}.example")))]
    assert not foreign, foreign[:5]
    assert sum(d["count"] for d in lines) == session["result"]["json"], (session["result"], len(lines))


with concurrent.futures.ThreadPoolExecutor(4) as pool:
    list(pool.map(one, range(10, 18)))
