# faulthandler.dump_traceback of all threads, and after a time
import faulthandler, signal, os, sys, time
def inner():
    faulthandler.dump_traceback(sys.stdout, all_threads=False)
sys.stdout.flush(); inner()
with open("dump", "w+") as f:
    faulthandler.dump_traceback_later(0.02, file=f)
    while os.path.getsize("dump") < 100: time.sleep(0.1)
    faulthandler.cancel_dump_traceback_later()
    f.seek(0); lines = f.read().splitlines(); print(lines[0], lines[-1])
faulthandler.register(signal.SIGUSR1, sys.stdout, all_threads=False); sys.stdout.flush(); os.kill(os.getpid(), signal.SIGUSR1)
