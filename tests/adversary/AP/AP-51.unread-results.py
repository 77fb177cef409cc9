# id: AP-51.unread-results   class: HOSTDOS   kind: client
# A result of 16 MiB, every byte of which takes six to write down, asked for
# again and again by clients that don't read: each is answered, and holds a few
# pieces of its answer, not all of it. Others are served meanwhile, and told whole
# results. Who reads gets all of it.
import socket
from adversary_oracle import memory_of
from enclave_test import Server, wait_until

MANY, KEPT = 40, 16 << 20
# 16 MiB are the caches of the store, 10 MiB pieces of the clients.
HELD = 48 << 20
CODE = """
import sys
for _ in range(16):
    sys.stdout.buffer.write(bytes(1 << 20))
"""
with Server(pool=0) as server:
    server.request("GET", "/v1/healthz")  # from here on it has its name
    api = next(pid for pid, name in server.children().items()
               if name == "enclave-api")
    before = memory_of(api)
    program = {"language": "python", "code": CODE,
               "limits": {"outputBytes": KEPT, "wallClockSeconds": 60}}
    session = server.request("POST", "/v1/sessions", program).json["id"]
    path = f"/v1/sessions/{session}"
    wait_until(lambda: server.request("GET", path).json["phase"] ==
               "torn_down", 60, "its end")
    clients = []
    for _ in range(MANY):
        s = socket.socket(socket.AF_UNIX)
        s.settimeout(60)
        s.connect(str(server.socket))
        s.sendall(f"GET {path}/result HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        clients.append(s)
    told = [s.recv(12) for s in clients]  # all are answered, or begun
    assert set(told) == {b"HTTP/1.1 200"}, told
    assert memory_of(api) < before + HELD, memory_of(api) - before
    other = server.run({"command": ["true"]})
    assert other["outcome"] == "succeeded", other
    waited = server.request("POST", "/v1/sessions?wait=120s", program)
    assert waited.status == 201, waited.body[:500]
    assert waited.json["outcome"] == "succeeded", waited.body[:1000]
    assert waited.json["result"]["stdout"] == "\0" * KEPT
    deleted = server.request("DELETE", path)
    assert deleted.status == 200, deleted.body[:200]
    assert deleted.json["result"]["stdout"] == "\0" * KEPT
    assert memory_of(api) < before + HELD, memory_of(api) - before
    for s in clients:
        s.close()
    for which in path, f"/v1/sessions/{waited.json['id']}":
        result = server.request("GET", f"{which}/result").json
        assert result["stdout"] == "\0" * KEPT
