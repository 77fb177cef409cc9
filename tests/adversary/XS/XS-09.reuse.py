# id: XS-09.reuse   class: LATERAL   backends: native gvisor   kind: client
# Sessions are killed while others begin, again and again: ids, cgroups, links
# and rules are used anew, and none brings a file, a limit or a count along. As
# often as it may in a quarter of one; ENCLAVE_FULL=1 for ten thousand times.
import concurrent.futures, itertools, os, time
from enclave_client import Client

FULL = os.environ.get("ENCLAVE_FULL") == "1"
LEAST, MOST, SECONDS, AT_ONCE = (10000 if FULL else 60), 10000, 15, 6
LOUD = """
import os, socket, time
for d in ("/work", "/tmp", "/dev/shm"):
    open(d + "/left", "w").write("left")
s = socket.socket(socket.AF_UNIX); s.bind("\\0left"); s.listen()
t = socket.socket(); t.bind(("0.0.0.0", 5555)); t.listen()
for i in range(50):
    try:
        socket.create_connection(("203.0.113.7", 1000 + i), 1).close()
    except OSError:
        pass
keep = bytearray(30 << 20)
while True:
    time.sleep(1)
"""
QUIET = """
import os, socket
left = [d for d in ("/work", "/tmp", "/dev/shm") if os.path.exists(d + "/left")]
for family, address in ((socket.AF_UNIX, "\\0left"), (socket.AF_INET, ("127.0.0.1", 5555))):
    with socket.socket(family) as s:
        if s.connect_ex(address) == 0:
            left.append(str(address))
enclave.result(left)
"""


def one(number):
    client = Client()
    # It dies by its own limit, while it is made, or in the middle; small limits
    # of its own.
    loud = client.expect(201, "POST", "/v1/sessions", {
        "language": "python", "code": LOUD,
        "limits": {"wallClockSeconds": 1, "memoryMb": 64, "pidsLimit": 5}}).json["id"]
    if number % 4 == 2:
        while client.request("GET", f"/v1/sessions/{loud}").json["phase"] == "pending":
            time.sleep(0.005)
    if number % 4:
        client.request("DELETE", f"/v1/sessions/{loud}")
    quiet = client.run({"language": "python", "code": QUIET, "limits": {"wallClockSeconds": 20}})
    events = client.events(quiet["id"])
    assert quiet["outcome"] == "succeeded" and quiet["result"]["json"] == [], quiet
    assert not [e for e in events if e["type"] in ("egress_denied", "quota_kill", "syscall_denied")], events
    assert quiet["usage"]["egressAttempts"] == 0, quiet["usage"]
    client.end(loud)
    return sum(e["data"]["count"] for e in client.events(loud) if e["type"] == "egress_denied")


def work(_):
    """Rounds, until there were enough of them."""
    found = []
    for number in numbers:
        if number >= (MOST if time.monotonic() < deadline else LEAST):
            break
        found.append(one(number))
    return found


numbers, deadline = itertools.count(), time.monotonic() + SECONDS
with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
    counts = sum(pool.map(work, range(AT_ONCE)), [])
print(len(counts), "rounds")
assert len(counts) >= LEAST, len(counts)
assert max(counts) <= 50 and sum(counts) > 0, counts
