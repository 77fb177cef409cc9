# id: XS-04.signals   class: LATERAL   backends: native gvisor   kind: client
# A process of another session, of the same uid inside: no signal, limit,
# priority or trace reaches it, whatever number it has.
from enclave_client import Client
from session_pair import begin, run_beside

HOLDER = r"""
import os, signal, time
def hit(number, frame):
    print("HIT", number, flush=True)
for number in range(1, 32):
    if number not in (signal.SIGKILL, signal.SIGSTOP):
        signal.signal(number, hit)
reached(1)
time.sleep(30)
"""
LOOKER = r"""
import ctypes, os, resource, signal
libc = ctypes.CDLL(None, use_errno=True)
own = {1, *map(int, os.listdir("/proc/self/task"))}
held = []
for pid in range(1, 33000):
    if pid in own or pid > 2000 and pid % 97:
        continue
    for name, act in (("kill", lambda: os.kill(pid, signal.SIGUSR1)), ("pgid", lambda: os.killpg(pid, signal.SIGUSR1)),
                      ("prlimit", lambda: resource.prlimit(pid, resource.RLIMIT_NOFILE)),
                      ("nice", lambda: os.setpriority(os.PRIO_PROCESS, pid, 19)),
                      ("affinity", lambda: os.sched_getaffinity(pid)), ("sid", lambda: os.getsid(pid))):
        try:
            act()
            held.append([name, pid])
        except OSError:
            pass
enclave.result([h for h in held if not os.path.exists(f"/proc/{h[1]}/task")])
"""
client = Client()
assert run_beside(client, HOLDER, LOOKER) == []
