# sockets on loopback: tcp, udp, v6, unix, errors, options
import errno, os, select, socket
def pair(family, host):
    server = socket.create_server((host, 0), family=family); client = socket.create_connection(server.getsockname()[:2])
    peer, address = server.accept(); client.sendall(b"x" * 1000); print(family.name, address[0], len(peer.recv(1000)))
    client.shutdown(socket.SHUT_WR); print(peer.recv(1), client.getpeername()[0])
pair(socket.AF_INET, "127.0.0.1"); pair(socket.AF_INET6, "::1")
a = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); a.bind(("127.0.0.1", 0)); b = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
b.sendto(b"datagram", a.getsockname()); print(a.recvfrom(100)[0])
s = socket.socket(socket.AF_UNIX); s.bind("path"); s.listen(); c = socket.socket(socket.AF_UNIX); c.connect("path"); print(s.getsockname(), s.accept()[1], os.path.exists("path"))
for action in (lambda: socket.create_connection(("127.0.0.1", 1)), lambda: socket.socket().bind(("1.2.3.4", 0)), lambda: c.connect("path"), lambda: socket.socket(socket.AF_UNIX).connect("none"), lambda: socket.socket().send(b"x")):
    try:
        action(); print("works")
    except OSError as error:
        print(errno.errorcode[error.errno], error)
print(socket.getaddrinfo("localhost", 80, type=socket.SOCK_STREAM), socket.gethostbyname("localhost"), socket.has_ipv6)
s = socket.socket(); s.settimeout(0.01); s.bind(("127.0.0.1", 0)); s.listen()
try:
    s.accept()
except TimeoutError as error:
    print(error, select.select([s], [], [], 0))
