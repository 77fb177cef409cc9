# id: RS-53.whom-to-kill   class: MISLABEL   limits: memoryMb=96 diskMb=8 pidsLimit=64
# expect-phase: killed   expect-kill: memory_exceeded   max-wall: 20
# Who makes itself the last one to be chosen, and many small ones instead of a
# large one, might have init or nobody be killed: the session ends all the same,
# and for memory.
import os, time
for pid in ("self", "1", str(os.getppid())):
    for score in ("-1000", "-999", "-1", "1000"):
        try:
            if pid != "self" or score != "1000":
                open(f"/proc/{pid}/oom_score_adj", "w").write(score)
        except OSError:
            pass
for _ in range(40):
    if os.fork() == 0:
        try:
            open("/proc/self/oom_score_adj", "w").write("1000")
        except OSError:
            pass
        held = []
        while True:
            held.append(bytearray(b"x" * (256 << 10)))
            time.sleep(0.005)
while True:
    try:
        os.wait()
    except ChildProcessError:
        break
enclave.result("all of them died, I didn't")
time.sleep(2)
