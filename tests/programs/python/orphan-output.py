# a child that outlives the program writes later
import os, sys, time
print("main", flush=True)
if os.fork() == 0:
    time.sleep(0.1)
    print("child later", flush=True)
