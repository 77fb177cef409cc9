# id: NT-03.aws-ipv6   class: EXFIL
# expect-phase: succeeded   expect-audit: egress_denied host=fd00:ec2::254 port=80
# expect-not: SECRET
import socket
s = socket.create_connection(("fd00:ec2::254", 80), 3)
s.sendall(b"GET /latest/meta-data/ HTTP/1.1\r\nHost: x\r\n\r\n")
try:
    reply = s.recv(4096)
except OSError:
    reply = b""
assert not reply or reply.startswith(b"HTTP/1.1 403"), reply
