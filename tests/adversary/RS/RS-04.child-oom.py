# id: RS-04.child-oom   class: MISLABEL   limits: memoryMb=64 diskMb=8
# expect-phase: killed   expect-kill: memory_exceeded   max-wall: 20
# The child is killed for memory and the parent claims success: the group dies.
import os, time
child = os.fork()
if child == 0:
    held = []
    while True:
        held.append(bytearray(b"x" * (1 << 20)))
os.waitpid(child, 0)
enclave.result("fine")
time.sleep(5)
