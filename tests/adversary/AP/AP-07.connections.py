# id: AP-07.connections   class: HOSTDOS   kind: client
# 10,000 connections that say nothing: whoever comes with a request is served,
# then and afterwards, and the server holds no more than 1,024 of them.
import resource
import socket
from enclave_client import Client

HELD_MAX = 1024


def is_held(s):
    s.setblocking(False)
    try:
        return s.recv(1) != b""
    except BlockingIOError:
        return True
    except ConnectionResetError:
        return False


client = Client()
_, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
sockets = []
while len(sockets) < min(10000, hard - 100):
    s = socket.socket(socket.AF_UNIX)
    s.connect(client.path)
    sockets.append(s)
    if len(sockets) % 1000 == 0:
        client.expect(200, "GET", "/v1/healthz")
assert client.run({"code": "print(1)", "language": "python"})["result"]["stdout"] == "1\n"
held = sum(map(is_held, sockets))
assert held <= HELD_MAX < len(sockets), (held, len(sockets))
for s in sockets:
    s.close()
assert client.run({"code": "print(2)", "language": "python"})["result"]["stdout"] == "2\n"
