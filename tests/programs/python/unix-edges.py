# unix sockets: names, removal, full queues, half closed, too long names
import errno, os, socket, stat
s = socket.socket(socket.AF_UNIX); s.bind("a.sock"); print(stat.filemode(os.stat("a.sock").st_mode)); s.listen(1); s.setblocking(False)
for bad in (lambda: socket.socket(socket.AF_UNIX).bind("a.sock"), lambda: socket.socket(socket.AF_UNIX).bind("x" * 108), lambda: socket.socket(socket.AF_UNIX).bind("none/x"), lambda: open("a.sock"), lambda: s.accept(), lambda: socket.socket(socket.AF_UNIX).connect("main.py")):
    try:
        print(bad())
    except OSError as error:
        print(errno.errorcode.get(error.errno), error)
c = socket.socket(socket.AF_UNIX); c.connect("a.sock"); os.unlink("a.sock"); print(s.accept()[0].send(b"x"), c.recv(9), c.getpeername(), c.getsockname())
a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM); a.send(b"one"); a.send(b"two"); print(b.recv(9), b.recv(1)); b.close()
os.symlink("b.sock", "link"); t = socket.socket(socket.AF_UNIX); t.bind("b.sock"); t.listen(); socket.socket(socket.AF_UNIX).connect("link"); print(t.getsockname())
