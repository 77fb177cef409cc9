# which error a few rare mistakes with sockets and pipes have
# differs: guest-network@gvisor
import os, socket
bound = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); bound.bind(("127.0.0.1", 0))
listening = socket.create_server(("127.0.0.1", 0))
named = socket.socket(socket.AF_UNIX); named.bind("s"); named.listen()
pair = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM); pair[1].close()
for action in (lambda: bound.bind(("127.0.0.1", 5)), lambda: listening.connect(listening.getsockname()),
               lambda: socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).connect("s"), lambda: pair[0].send(b"x"),
               lambda: socket.socket().getsockopt(socket.SOL_SOCKET, socket.SO_LINGER), lambda: os.ftruncate(os.pipe()[1], 0)):
    try:
        print(action())
    except OSError as error:
        print(error)
