# tcp: half open, reset, backlog, nonblocking connect, peeking
import errno, select, socket
s = socket.create_server(("127.0.0.1", 0), backlog=1); c = socket.socket(); c.setblocking(False)
print(errno.errorcode.get(c.connect_ex(s.getsockname()), 0)); select.select([], [c], [], 1); print(c.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR), c.connect_ex(s.getsockname()))
p = s.accept()[0]; c.send(b"abc"); print(p.recv(2, socket.MSG_PEEK), p.recv(9))
p.shutdown(socket.SHUT_RD); c.send(b"after"); c.shutdown(socket.SHUT_WR); p.send(b"still"); select.select([c], [], [], 1); print(c.recv(9))
r = socket.socket(); r.setblocking(False); print(errno.errorcode[r.connect_ex(("127.0.0.1", 1))]); print(select.select([], [r], [], 1)[1] == [r], errno.errorcode[r.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)])
for bad in lambda: s.recv(1), lambda: c.bind(("127.0.0.1", 0)), lambda: c.shutdown(socket.SHUT_WR), lambda: socket.socket().accept(), lambda: c.listen():
    try:
        print(bad())
    except OSError as error:
        print(errno.errorcode[error.errno])
