# SIGINT caught, raised in a thread's wait, and raised by hand
import _thread, os, threading, time, signal
threading.Timer(0.03, os.kill, [os.getpid(), signal.SIGINT]).start()
try:
    time.sleep(60)
except KeyboardInterrupt as error:
    print("caught", repr(error))
try:
    signal.raise_signal(signal.SIGINT)
except KeyboardInterrupt:
    print("again")
try:
    _thread.interrupt_main(); time.sleep(0)
except KeyboardInterrupt:
    print("by interrupt_main")
raise KeyboardInterrupt("by hand")
