# a datagram without bytes over a unix socket
# differs: guest-network@gvisor
import socket
a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
b.settimeout(1)
a.send(b""); a.send(b"two")
print(b.recv(9))
