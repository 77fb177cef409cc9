# threads: names, daemons, locals, timers, an error in one
import sys, threading, time
print(threading.current_thread().name, threading.active_count(), threading.main_thread().daemon, [t.name for t in threading.enumerate()])
local = threading.local(); local.x = 1
def work(n):
    print(n, hasattr(local, "x"), threading.current_thread().name)
for n in range(3):
    t = threading.Thread(target=work, args=(n,)); t.start(); t.join()
def bad():
    raise ValueError("in a thread")
t = threading.Thread(target=bad, name="Bad"); t.start(); t.join()
threading.excepthook = lambda args: print("hook", args.exc_type.__name__, args.thread.name)
t = threading.Thread(target=bad, name="Bad2"); t.start(); t.join()
t = threading.Timer(0.01, print, ["timer"]); t.start(); t.join()
barrier = threading.Barrier(2)
threading.Thread(target=barrier.wait).start(); print(barrier.wait() in (0, 1))
def leave():
    sys.exit("not shown")
t = threading.Thread(target=leave); t.start(); t.join()
threading.Thread(target=lambda: time.sleep(60), daemon=True).start()
threading.Thread(target=lambda: (time.sleep(0.05), print("last"))).start()
print("main ends")
