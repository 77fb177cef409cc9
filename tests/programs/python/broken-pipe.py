# a write to a closed pipe when SIGPIPE is ignored
import os, sys
r, w = os.pipe()
os.close(r)
try:
    os.write(w, b"x")
except BrokenPipeError as error:
    print(error)
os.dup2(w, 1)
print("goes nowhere")
