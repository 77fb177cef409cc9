# id: AP-51.unread-results   class: HOSTDOS   kind: client
# A result of 16 MiB, every byte of which takes six to write down, asked for
# again and again by clients that don't read: of such answers the server holds a
# bounded part, tells the others that it is busy, answers what is small, and has
# its memory back when they are gone. Who waits for the end of a session is told
# it without the result then. Who reads gets all of it.
import socket
from adversary_oracle import memory_of
from enclave_test import Server, wait_until

MANY, KEPT, HELD = 5, 16 << 20, 256 << 20
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
    fit = HELD // (6 * KEPT)
    assert told.count(b"HTTP/1.1 200") == fit, told
    assert told.count(b"HTTP/1.1 429") == MANY - fit, told
    wait_until(lambda: memory_of(api) < before + HELD, 20,
               "no more memory than for what is held")
    assert server.run({"command": ["true"]})["outcome"] == "succeeded"
    waited = server.request("POST", "/v1/sessions?wait=120s", program)
    assert waited.status == 201 and waited.json["result"] is None, waited.body
    assert waited.json["outcome"] == "succeeded", waited.body
    deleted = server.request("DELETE", path)
    assert deleted.status == 200 and deleted.json["result"] is None
    for s in clients:
        s.close()
    wait_until(lambda: memory_of(api) < before + (64 << 20), 20,
               "the memory to be back")
    for which in path, f"/v1/sessions/{waited.json['id']}":
        result = server.request("GET", f"{which}/result").json
        assert result["stdout"] == "\0" * KEPT
