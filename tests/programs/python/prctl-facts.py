# prctl by ctypes: name, dumpable, parent's death, subreaper, no new privileges
import ctypes, os, signal
libc = ctypes.CDLL(None, use_errno=True)
name = ctypes.create_string_buffer(16); libc.prctl(16, name); print(name.value); libc.prctl(15, b"own name", 0, 0, 0); print(open("/proc/self/comm").read())
print(libc.prctl(1, signal.SIGTERM), libc.prctl(36, 1), libc.prctl(3))
pid = os.fork()
if pid == 0:
    if os.fork() == 0:
        os.close(1); os._exit(4)
    os._exit(3)
print(sorted(os.waitstatus_to_exitcode(os.wait()[1]) for _ in range(2)))
