# id: PR-03.kill-all   class: MISLABEL
# expect-phase: failed   expect-signal: 9   expect-not-audit: quota_kill
# kill(-1) reaches the own tree only; what is left is the program's own signal.
import os, signal
for pid in (1, -1):
    for number in (signal.SIGSTOP, signal.SIGTERM):
        if pid == -1 and number == signal.SIGTERM:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if pid == 1:
            try:
                os.kill(pid, number)
                print("HELD")
            except PermissionError:
                pass
try:
    os.kill(-1, signal.SIGTERM)  # nobody else is there to be reached
except ProcessLookupError:
    pass
os.kill(os.getpid(), signal.SIGKILL)
