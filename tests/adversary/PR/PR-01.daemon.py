# id: PR-01.daemon   class: HOSTDOS   limits: wallClockSeconds=20
# expect-phase: succeeded   expect-exit: 0   expect-not: late   max-wall: 5
# The daemon keeps the pipes open and goes on writing; it dies with the session.
import os, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(3)
        while True:
            print("late", flush=True)
            time.sleep(0.1)
    os._exit(0)
os.wait()
print("main ends")
