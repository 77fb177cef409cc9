# fcntl and flock locks between two processes
import fcntl, os
f = open("lock", "w")
fcntl.flock(f, fcntl.LOCK_EX)
def child(what):
    pid = os.fork()
    if pid == 0:
        code = 0
        try:
            what(open("lock", "r+"), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            code = error.errno
        os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
print("flock", child(fcntl.flock))
fcntl.flock(f, fcntl.LOCK_UN); print("free", child(fcntl.flock))
fcntl.lockf(f, fcntl.LOCK_EX); print("lockf", child(fcntl.lockf))
fcntl.lockf(f, fcntl.LOCK_UN); print("free", child(fcntl.lockf))
print(fcntl.fcntl(f, fcntl.F_GETFD), fcntl.fcntl(f, fcntl.F_GETFL) & os.O_ACCMODE)
