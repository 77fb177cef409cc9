# id: NT-50.half-spoken   class: HOSTDOS   backends: native gvisor   kind: client
# Hundreds of connects that speak half a sentence and wait, and others that
# never stop: the gate answers names meanwhile, stays small, and the record is
# exact.
import os, re, time
from enclave_client import Client
from session_pair import begin

CODE = r"""
import os, socket, threading, time
tried = 0
held = []
for i in range(400):
    s = socket.socket()
    s.settimeout(2)
    try:
        s.connect(("203.0.113.5", (80, 443)[i % 2]))
        s.send((b"GET / HTTP/1.1\r\nX: ", b"\x16\x03\x01")[i % 2])
    except OSError:
        pass
    tried += 1
    held.append(s)
def shout(number):
    s = socket.socket()
    s.settimeout(2)
    try:
        s.connect(("203.0.113.6", (80, 443)[number % 2]))
        end = time.monotonic() + 1.5
        while time.monotonic() < end:
            s.send((b"A" * 65536, b"\x17" + os.urandom(4096))[number % 2])
    except OSError:
        pass
threads = [threading.Thread(target=shout, args=(n,)) for n in range(30)]
tried += len(threads)
for t in threads: t.start()
for i in range(20):
    socket.getaddrinfo(f"n{i}.example.com", 80, socket.AF_INET)
    tried += 1
for t in threads: t.join()
enclave.result(tried)
reached(1)
"""
client = Client()
session = begin(client, CODE)
most = 0
while client.request("GET", f"/v1/sessions/{session}").json["outcome"] is None:
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if open(f"/proc/{pid}/comm").read().strip() == "enclave-gate":
                text = open(f"/proc/{pid}/status").read()
                most = max(most, int(re.search(r"^RssAnon:\s+(\d+)", text, re.M).group(1)))
        except (OSError, AttributeError):
            pass
    time.sleep(0.02)
result = client.end(session)
counted = sum(e["data"]["count"] for e in client.events(session) if e["type"] == "egress_denied")
assert result["json"] + 1 == counted, (result, counted)
assert 0 < most < 16 << 10, most
