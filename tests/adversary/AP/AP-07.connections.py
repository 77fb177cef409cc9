# id: AP-07.connections   class: HOSTDOS   kind: client
# 10,000 connections that say nothing: whoever comes with a request is served,
# then and afterwards.
import resource
import socket
from enclave_client import Client

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
for s in sockets:
    s.close()
assert client.run({"code": "print(2)", "language": "python"})["result"]["stdout"] == "2\n"
