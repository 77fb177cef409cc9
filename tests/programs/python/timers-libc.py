# timerfd and POSIX timers by ctypes, getitimer of a child
import ctypes, os, signal, struct, time
libc = ctypes.CDLL(None, use_errno=True)
fd = libc.timerfd_create(1, 0); libc.timerfd_settime(fd, 0, struct.pack("4q", 0, 10_000_000, 0, 20_000_000), None)
time.sleep(0.1); print(int.from_bytes(os.read(fd, 8), "little") >= 5)
signal.signal(signal.SIGALRM, lambda *a: print("alarm", a[0])); timer = ctypes.c_void_p()
print(libc.timer_create(1, None, ctypes.byref(timer)), libc.timer_settime(timer, 0, struct.pack("4q", 0, 0, 0, 10_000_000), None)); time.sleep(0.05)
signal.setitimer(signal.ITIMER_VIRTUAL, 100); print(signal.getitimer(signal.ITIMER_VIRTUAL)[0] > 90)
pid = os.fork()
if pid == 0:
    os._exit(signal.getitimer(signal.ITIMER_VIRTUAL)[0] == 0)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
signal.signal(signal.SIGPROF, lambda *a: None); signal.setitimer(signal.ITIMER_PROF, 0.01)
while signal.getitimer(signal.ITIMER_PROF)[0]:
    pass
print("profiled")
