# SIGPIPE set to its default, then a write to a closed pipe
import os, signal
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
r, w = os.pipe()
os.close(r)
print("before", flush=True)
os.write(w, b"x")
print("after")
