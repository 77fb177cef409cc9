# id: PR-51.signals-by-file   class: ESC   limits: wallClockSeconds=20
# expect-phase: succeeded   expect-exit: 0   expect-json: {"alive": true}
# A file may have an owner who is signalled when something happens on it. Init
# and all that the program can name are made owners of its pipes, with a signal
# that ends; then something happens on them.
import array, fcntl, os, signal, socket, struct
mine = os.getpid()
signal.signal(signal.SIGIO, signal.SIG_IGN)
ends = []
for fd in (0, 1, 2, 3):
    ends.append(fd)
    for flags in (os.O_RDWR, os.O_WRONLY, os.O_RDONLY):
        try:
            ends.append(os.open(f"/proc/self/fd/{fd}", flags | os.O_NONBLOCK))
        except OSError:
            pass
r, w = os.pipe()
a, b = socket.socketpair()
ends += [r, w, a.fileno(), b.fileno()]
for fd in ends:
    for owner in (1, -1, os.getppid(), -os.getppid()):
        for number in (signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM, 34):
            for command, argument in ((fcntl.F_SETOWN, owner), (10, number),  # F_SETSIG
                                      (15, struct.pack("ii", 1, 1))):  # F_SETOWN_EX, a process
                try:
                    fcntl.fcntl(fd, command, argument)
                    fcntl.fcntl(fd, fcntl.F_SETFL, fcntl.fcntl(fd, fcntl.F_GETFL) | os.O_ASYNC)
                except (OSError, OverflowError):
                    pass
for _ in range(50):
    os.write(w, b"x")
    os.read(r, 1)
    a.send(b"x")
    b.recv(1)
    os.write(1, b"x\n")
    os.write(2, b"y\n")
for fd in (0, 1, 2, 3):
    try:
        fcntl.fcntl(fd, fcntl.F_SETFL, 0)
    except OSError:
        pass
enclave.result({"alive": os.getpid() == mine and os.path.exists("/proc/1")})
