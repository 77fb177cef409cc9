# options of v6 and datagram sockets
import socket
s = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
print(s.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY)); s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
s.bind(("::", 0)); s.listen(); c = socket.create_connection(("127.0.0.1", s.getsockname()[1])); print(s.accept()[1][0], socket.has_dualstack_ipv6())
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.setsockopt(socket.IPPROTO_IP, socket.IP_PKTINFO if hasattr(socket, "IP_PKTINFO") else 8, 1)
u.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 2); print(u.getsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL))
u.bind(("127.0.0.1", 0)); u.connect(("127.0.0.1", 9)); u.send(b"x")
try:
    u.send(b"y"); u.recv(1)
except ConnectionRefusedError as error:
    print(error)
try:
    u.send(b"x" * 70000)
except OSError as error:
    print(error)
print(socket.socket(socket.AF_INET, socket.SOCK_DGRAM).getsockname(), u.getpeername())
