# handlers, alarms, waits, masks, interrupted calls and siginfo
import os, signal, time
def handler(number, frame):
    print("got", signal.Signals(number).name, frame.f_code.co_name)
signal.signal(signal.SIGUSR1, handler); os.kill(os.getpid(), signal.SIGUSR1); signal.raise_signal(signal.SIGUSR1)
signal.signal(signal.SIGALRM, handler); signal.setitimer(signal.ITIMER_REAL, 0.02)
start = time.monotonic(); time.sleep(0.05); print(time.monotonic() - start >= 0.05, signal.getitimer(signal.ITIMER_REAL))
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2]); os.kill(os.getpid(), signal.SIGUSR2)
print(signal.sigpending(), signal.sigwait([signal.SIGUSR2]))
os.kill(os.getpid(), signal.SIGUSR2); info = signal.sigwaitinfo([signal.SIGUSR2]); print(info.si_signo, info.si_uid, info.si_pid == os.getpid(), info.si_code)
print(signal.sigtimedwait([signal.SIGUSR2], 0.01), signal.strsignal(9), signal.SIGRTMIN, signal.SIGRTMAX)
for bad in lambda: signal.signal(signal.SIGKILL, handler), lambda: os.kill(os.getpid(), 99), lambda: os.kill(2**22 - 1, 0):
    try:
        bad()
    except (OSError, ValueError) as error:
        print(type(error).__name__, error)
def raises(*_):
    raise TimeoutError("by alarm")
signal.signal(signal.SIGALRM, raises); signal.alarm(1)
try:
    os.read(os.pipe()[0], 1)
except TimeoutError as error:
    print(error)
