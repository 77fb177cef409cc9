# id: PR-04.ignore-signals   class: MISLABEL   limits: wallClockSeconds=2
# expect-phase: killed   expect-kill: wall_clock_exceeded   max-wall: 5
# expect-audit: quota_kill reason=wall_clock_exceeded
import signal
for number in range(1, 65):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
while True:
    signal.sigwait([signal.SIGUSR1])
