# id: RC-10.kill-interpreter   class: MISLABEL
# expect-phase: failed   expect-signal: 9   expect-kill: None   expect-json: {"first": 1}
# A child kills the interpreter: the main process's own status is the outcome.
import os, signal, time
enclave.result({"first": 1})
if os.fork() == 0:
    os.kill(os.getppid(), signal.SIGKILL)
    os._exit(0)
time.sleep(10)
