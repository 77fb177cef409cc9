# memfd_create and others are blocked
import ctypes, errno, mmap, os, resource, select, signal, socket, tempfile, time
libc = ctypes.CDLL(None, use_errno=True)
def tell(name, act):
    try:
        act(); print(name, "ok")
    except OSError as error:
        print(name, errno.errorcode.get(error.errno, error.errno))
    except Exception as error:
        print(name, type(error).__name__, error)
def c(name, *args):
    if getattr(libc, name)(*args) == -1:
        raise OSError(ctypes.get_errno(), name)
open("f", "wb").write(b"12345678" * 1024)
fd = os.open("f", os.O_RDWR)
out = os.open("g", os.O_RDWR | os.O_CREAT)
tell("memfd_create", lambda: os.write(os.memfd_create("m"), b"x"))
tell("eventfd", lambda: os.eventfd_write(os.eventfd(0), 1))
tell("pidfd_open", lambda: os.pidfd_open(os.getpid()))
tell("timerfd", lambda: c("timerfd_create", 1, 0))
tell("signalfd", lambda: c("signalfd", -1, (ctypes.c_ulong * 16)(), 0))
tell("inotify", lambda: c("inotify_init1", 0))
tell("getrandom", lambda: os.getrandom(8))
tell("copy_file_range", lambda: os.copy_file_range(fd, out, 10))
tell("sendfile", lambda: os.sendfile(out, fd, 0, 10))
tell("posix_fallocate", lambda: os.posix_fallocate(out, 0, 4096))
tell("ftruncate sparse", lambda: os.ftruncate(out, 1 << 20))
tell("fadvise", lambda: os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_SEQUENTIAL))
tell("preadv", lambda: os.preadv(fd, [bytearray(8)], 0))
tell("pwritev", lambda: os.pwritev(fd, [b"z"], 0))
tell("fsync", lambda: (os.fsync(fd), os.fdatasync(fd), os.sync()))
tell("link", lambda: os.link("f", "hard"))
tell("symlink", lambda: os.symlink("f", "soft"))
tell("mkfifo", lambda: os.mkfifo("fifo"))
tell("rename", lambda: os.replace("hard", "hard2"))
tell("chmod", lambda: os.chmod("f", 0o600))
tell("utime", lambda: os.utime("f", (1, 2)))
tell("chown self", lambda: os.chown("f", os.getuid(), os.getgid()))
tell("statvfs", lambda: os.statvfs("."))
tell("umask", lambda: os.umask(os.umask(0o22)))
tell("mmap shared", lambda: mmap.mmap(fd, 4096).flush())
tell("mmap exec", lambda: mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC))
tell("madvise", lambda: mmap.mmap(-1, 4096).madvise(mmap.MADV_DONTNEED))
tell("mlock", lambda: c("mlock", ctypes.create_string_buffer(4096), 4096))
tell("getpriority", lambda: os.getpriority(os.PRIO_PROCESS, 0))
tell("nice", lambda: os.nice(1))
tell("sched_yield", lambda: os.sched_yield())
tell("setaffinity", lambda: os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}))
tell("setrlimit", lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256)))
tell("getrusage", lambda: resource.getrusage(resource.RUSAGE_CHILDREN))
tell("itimer", lambda: signal.setitimer(signal.ITIMER_VIRTUAL, 100))
tell("sigtimedwait", lambda: signal.sigtimedwait([signal.SIGUSR1], 0.01))
tell("prctl name", lambda: c("prctl", 15, b"worker", 0, 0, 0))
tell("posix_spawn", lambda: os.waitpid(os.posix_spawn("/bin/true", ["true"], {}), 0))
tell("epoll", lambda: select.epoll().poll(0))
tell("socketpair", lambda: [s.close() for s in socket.socketpair()])
def passing():
    a, b = socket.socketpair()
    socket.send_fds(a, [b"."], [fd]); got = socket.recv_fds(b, 1, 1); os.close(got[1][0])
tell("SCM_RIGHTS", passing)
def unix(path):
    s = socket.socket(socket.AF_UNIX); s.bind(path); s.listen(); socket.socket(socket.AF_UNIX).connect(path)
tell("unix socket", lambda: unix("sock"))
tell("abstract socket", lambda: unix("\0abstract"))
def udp():
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("127.0.0.1", 0)); s.settimeout(2)
    s.sendto(b"hi", s.getsockname()); assert s.recv(9) == b"hi"
tell("udp loopback", udp)
def six():
    s = socket.create_server(("::1", 0), family=socket.AF_INET6); socket.create_connection(s.getsockname()[:2], 2)
tell("ipv6 loopback", six)
def options():
    s = socket.socket()
    for level, name, value in ((socket.SOL_SOCKET, socket.SO_REUSEADDR, 1), (socket.SOL_SOCKET, socket.SO_REUSEPORT, 1),
            (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1), (socket.SOL_SOCKET, socket.SO_RCVBUF, 65536), (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
            (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 30), (socket.SOL_SOCKET, socket.SO_BROADCAST, 1), (socket.IPPROTO_IP, socket.IP_TTL, 3)):
        s.setsockopt(level, name, value)
tell("socket options", options)
tell("clock_getres", lambda: time.clock_getres(time.CLOCK_PROCESS_CPUTIME_ID))
tell("getloadavg", os.getloadavg)
tell("openpty", lambda: os.openpty())
