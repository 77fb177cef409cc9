# fork, exec, wait statuses, orphans and sessions
import os, signal, sys
def child(action):
    pid = os.fork()
    if pid == 0:
        try:
            action()
        finally:
            os._exit(99)
    return os.waitpid(pid, 0)[1]
sys.stdout.flush()
for action in (lambda: os._exit(3), lambda: os.kill(os.getpid(), 9), lambda: os.execvp("sh", ["sh", "-c", "exit 4"]), lambda: os.execv("/none", ["x"]), lambda: os.execve("/bin/sh", ["sh", "-c", "exit $CODE"], {"CODE": "5"}), os.abort):
    status = child(action); print(os.WIFEXITED(status), os.waitstatus_to_exitcode(status))
pid = os.posix_spawn("/bin/sh", ["sh", "-c", "exit 6"], os.environ); print(os.waitstatus_to_exitcode(os.wait()[1]))
pid = os.fork()
if pid == 0:
    os.kill(os.getpid(), signal.SIGSTOP); os._exit(7)
_, status = os.waitpid(pid, os.WUNTRACED); print(os.WIFSTOPPED(status), os.WSTOPSIG(status)); os.kill(pid, signal.SIGCONT); print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
try:
    os.wait()
except ChildProcessError as error:
    print(error)
print(os.system("exit 8") >> 8, os.popen("echo popen").read(), os.spawnlp(os.P_WAIT, "false", "false"))
