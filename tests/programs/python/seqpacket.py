# message-preserving unix sockets
import socket
a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
a.send(b"one"); a.send(b"two")
print(b.recv(100), b.recv(1))
a.close()
print(b.recv(1))
