# usual options of sockets: defaults and what setting them gives
import socket
s = socket.create_server(("127.0.0.1", 0)); c = socket.create_connection(s.getsockname()); p = s.accept()[0]
for level, name in ("SOL_SOCKET", "SO_REUSEADDR"), ("SOL_SOCKET", "SO_KEEPALIVE"), ("SOL_SOCKET", "SO_BROADCAST"), ("IPPROTO_TCP", "TCP_NODELAY"), ("SOL_SOCKET", "SO_REUSEPORT"), ("IPPROTO_TCP", "TCP_KEEPIDLE"), ("IPPROTO_TCP", "TCP_KEEPCNT"), ("IPPROTO_TCP", "TCP_DEFER_ACCEPT"), ("IPPROTO_IP", "IP_TTL"):
    level, number = getattr(socket, level), getattr(socket, name)
    before = c.getsockopt(level, number)
    try:
        c.setsockopt(level, number, 1); print(name, before, c.getsockopt(level, number))
    except OSError as error:
        print(name, before, error)
c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0"); c.close()
try:
    p.recv(1)
except ConnectionResetError as error:
    print(error)
