# the sandbox's own blocked signals are inherited
# differs: guest-processes@gvisor
import signal, subprocess
print("blocked", signal.pthread_sigmask(signal.SIG_BLOCK, []))
odd = [s.name for s in signal.valid_signals() if isinstance(s, signal.Signals)
       and s not in (signal.SIGKILL, signal.SIGSTOP) and signal.getsignal(s) not in
       (signal.SIG_DFL, signal.default_int_handler)]
print("not default", sorted(odd))
text = subprocess.run(["cat", "/proc/self/status"], capture_output=True, text=True).stdout
for line in text.splitlines():
    if line.startswith(("SigBlk", "SigIgn", "SigCgt")):
        print("child", *line.split())
print(subprocess.run(["sh", "-c", "yes | head -n 1; kill -9 $$"], capture_output=True))
