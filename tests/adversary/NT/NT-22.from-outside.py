# id: NT-22.from-outside   class: LATERAL   backends: native gvisor   kind: client
# A program listens on every address it has; neither the host nor a sibling
# session reaches it, by its address, by names or by the gate's.
import socket, time
from enclave_client import Client

client = Client()
LISTEN = """
import select, socket, time
listening = []
for family, address in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
    for port in (80, 8080, 31337):
        s = socket.socket(family)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        try:
            s.bind((address, port)); s.listen(); listening.append(s)
        except OSError as e:
            print("not", port, e)
# Itself it reaches: they do listen.
for address in ("127.0.0.1", "198.18.0.2", "::1", "fd6e:636c:6176::2"):
    socket.create_connection((address, 31337), 2).close()
own = 0
while select.select(listening, [], [], 0.2)[0]:
    for s in select.select(listening, [], [], 0)[0]:
        s.accept(); own += 1
# One attempt tells outside that this is where it is: then five seconds.
try:
    socket.create_connection(("192.0.2.1", 4242), 2)
except OSError:
    pass
end, reached = time.monotonic() + 5, 0
while (left := end - time.monotonic()) > 0:
    for s in select.select(listening, [], [], left)[0]:
        s.accept(); reached += 1
enclave.result({"own": own, "reached": reached})
"""
session = client.expect(201, "POST", "/v1/sessions", {"language": "python", "code": LISTEN,
                                                       "limits": {"wallClockSeconds": 30}}).json["id"]
deadline = time.monotonic() + 20
while not any(e.get("type") == "egress_denied" for e in client.request("GET", f"/v1/sessions/{session}/audit").json["events"]):
    assert time.monotonic() < deadline, client.request("GET", f"/v1/sessions/{session}").json
TARGETS = [("198.18.0.2", 4), ("fd6e:636c:6176::2", 6)]
for address, family in TARGETS:
    for port in (80, 8080, 31337):
        with socket.socket(socket.AF_INET if family == 4 else socket.AF_INET6) as s:
            s.settimeout(0.2)
            # The host may have such a route of its own; it never leads there.
            s.connect_ex((address, port))
sibling = client.run({"language": "python", "limits": {"wallClockSeconds": 20}, "code": """
import socket
got = []
for address in ("198.18.0.2", "198.18.0.1", "fd6e:636c:6176::1", "198.18.16.0", "127.0.0.1", "198.18.0.3"):
    for port in (80, 8080, 31337):
        try:
            s = socket.create_connection((address, port), 1)
            s.settimeout(1)
            s.sendall(b"GET / HTTP/1.1\\r\\n\\r\\n")
            reply = s.recv(100)
            if reply and not reply.startswith(b"HTTP/1.1 403 "):
                got.append([address, port])
        except OSError:
            pass
enclave.result(got)
"""})
assert sibling["result"]["json"] == [], sibling["result"]
result = client.end(session)
assert result["json"]["own"] >= 4 and result["json"]["reached"] == 0, result
