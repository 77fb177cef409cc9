# setting options of sockets that can only be read
import socket
for name in "SO_ERROR", "SO_TYPE", "SO_ACCEPTCONN":
    try:
        socket.socket().setsockopt(socket.SOL_SOCKET, getattr(socket, name), 1)
    except OSError as error:
        print(name, error)
