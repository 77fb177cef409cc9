# id: SY-20.python   class: COMPAT   limits: pidsLimit=128 cpuSeconds=60 wallClockSeconds=60
# expect-phase: succeeded   expect-json: {"failed": []}   expect-not-audit: syscall_denied
# A well-behaved program isn't in the way of any filter: what the standard
# library does with files, processes, threads, sockets, time and memory.
import asyncio, concurrent.futures, ctypes, errno, fcntl, glob, hashlib, json, mmap, multiprocessing
import os, pathlib, queue, random, resource, select, shutil, signal, socket, sqlite3, ssl
import subprocess, sys, tempfile, threading, time, urllib.request, uuid, zipfile, zoneinfo

def files():
    with tempfile.TemporaryDirectory(dir="/work") as d:
        p = pathlib.Path(d) / "a"
        p.write_text("text"); shutil.copy2(p, d + "/b"); os.rename(d + "/b", d + "/c")
        os.symlink("a", d + "/l"); os.link(p, d + "/h"); os.truncate(p, 2)
        os.posix_fallocate(fd := os.open(p, os.O_RDWR), 0, 4096)
        os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_WILLNEED)
        fcntl.flock(fd, fcntl.LOCK_EX); fcntl.lockf(fd, fcntl.LOCK_UN); os.fsync(fd); os.close(fd)
        assert os.listxattr(p) == []
        try: os.setxattr(p, "user.x", b"1"); raise AssertionError("attributes")
        except OSError as e: assert e.errno == errno.ENOTSUP  # as copies expect
        with zipfile.ZipFile(d + "/z", "w") as z: z.write(p, "a")
        assert len(glob.glob(d + "/*")) == 5; shutil.copytree(d, "/tmp/tree", symlinks=True)
        os.sync()

def processes():
    assert subprocess.run(["sh", "-c", "echo $((6*7)) | cat"], capture_output=True).stdout == b"42\n"
    assert subprocess.run(["/bin/false"]).returncode == 1
    with concurrent.futures.ProcessPoolExecutor(2) as pool:
        assert list(pool.map(abs, range(-4, 0))) == [4, 3, 2, 1]
    pid = os.posix_spawn("/bin/true", ["true"], {})
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    r, w = multiprocessing.get_context("fork").Pipe(); w.send("x"); assert r.recv() == "x"
    lock = multiprocessing.get_context("fork").Lock()
    with lock: pass
    os.nice(1); os.sched_setaffinity(0, os.sched_getaffinity(0)); os.getloadavg(); os.cpu_count()
    resource.getrlimit(resource.RLIMIT_CORE); resource.setrlimit(resource.RLIMIT_NOFILE, (256, 1024))

def threads():
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(lambda n: n * n, range(100))) == 328350
    event = threading.Event(); threading.Timer(0.01, event.set).start(); assert event.wait(20)

def sockets():
    a, b = socket.socketpair(); a.send(b"x"); assert b.recv(1) == b"x"
    for family, where in ((socket.AF_INET, ("127.0.0.1", 0)), (socket.AF_INET6, ("::1", 0)),
                          (socket.AF_UNIX, "/work/sock")):
        s = socket.socket(family)
        if family != socket.AF_UNIX: s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind(where); s.listen()
        c = socket.socket(family); c.connect(s.getsockname()); d, _ = s.accept()
        if family != socket.AF_UNIX: c.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        c.sendall(b"y"); assert d.recv(1) == b"y"
        poll = select.epoll(); poll.register(d, select.EPOLLIN); c.close(); assert poll.poll(20)
    with open("/work/send", "wb+") as f:
        f.write(b"z" * 10); f.flush(); assert os.sendfile(a.fileno(), f.fileno(), 0, 10) == 10
    # A size that is more than there is, as the kernel takes it, too.
    a.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 24)
    c = socket.socket(); c.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 24)
    u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try: u.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, b"\xe0\0\0\xfb" + bytes(4)); raise AssertionError("a group")
    except OSError as e: assert e.errno == errno.ENOPROTOOPT  # as mDNS expects
    for i in range(300): socket.if_nameindex(); socket.getaddrinfo("127.0.0.1", 80)
    socket.if_nameindex(); socket.gethostname(); socket.getaddrinfo("localhost", 80)

def loops():
    async def main():
        server = await asyncio.start_server(lambda r, w: w.close(), "127.0.0.1", 0)
        r, w = await asyncio.open_connection(*server.sockets[0].getsockname())
        assert await r.read() == b""; w.close(); server.close()
        p = await asyncio.create_subprocess_exec("echo", "x", stdout=asyncio.subprocess.PIPE)
        assert await p.communicate() == (b"x\n", None)
    asyncio.run(main())

def others():
    db = sqlite3.connect("/work/db"); db.execute("pragma journal_mode=wal")
    db.execute("create table t(x)"); db.executemany("insert into t values(?)", [(i,) for i in range(100)])
    db.commit(); assert db.execute("select sum(x) from t").fetchone() == (4950,)
    m = mmap.mmap(-1, 1 << 20); m[:4] = b"abcd"; m.madvise(mmap.MADV_DONTNEED); m.close()
    ctypes.CDLL(None).getpid(); ssl.create_default_context(); uuid.uuid4(); os.urandom(16)
    signal.signal(signal.SIGALRM, lambda *_: None); signal.setitimer(signal.ITIMER_REAL, 0.01); signal.pause()
    zoneinfo.ZoneInfo("Asia/Tokyo"); time.sleep(0.001); time.clock_gettime(time.CLOCK_BOOTTIME)
    assert os.get_terminal_size is not None and not os.isatty(0)
    os.memfd_create("x"); sys.getswitchinterval(); hashlib.sha3_256(b"x")

failed = []
for act in (files, processes, threads, sockets, loops, others):
    try:
        act()
    except BaseException as e:
        failed.append(f"{act.__name__}: {type(e).__name__}: {e}")
enclave.result({"failed": failed})
