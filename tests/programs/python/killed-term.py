# SIGTERM without handler, after a finally that doesn't run
import os, signal, atexit
atexit.register(print, "not run")
print("seen", flush=True)
try:
    os.kill(os.getpid(), signal.SIGTERM)
finally:
    print("finally is buffered")
