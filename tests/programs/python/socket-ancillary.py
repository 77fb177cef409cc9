# descriptors and credentials over unix sockets, seqpacket, peeking
import array, os, socket, struct
a, b = socket.socketpair()
r, w = os.pipe()
socket.send_fds(a, [b"take"], [w]); data, fds, flags, _ = socket.recv_fds(b, 10, 2)
os.write(fds[0], b"by the other"); print(data, os.read(r, 99), len(fds))
pid, uid, gid = struct.unpack("3i", a.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)); print(pid == os.getpid(), uid, gid)
a, b = socket.socketpair(); a.send(b"peek"); print(b.recv(2, socket.MSG_PEEK), b.recv(9), a.type, a.family)
b.setblocking(False)
try:
    b.recv(1)
except BlockingIOError as error:
    print(error)
a.close(); print(b.recv(1))
try:
    b.send(b"x")
except BrokenPipeError as error:
    print(error)
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind("\0abstract"); print(s.getsockname())
