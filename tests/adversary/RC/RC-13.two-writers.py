# id: RC-13.two-writers   class: MISLABEL
# expect-phase: succeeded   expect-exit: 0   expect-stdout: ^whole$
# Two processes write results at once, a byte at a time: their bytes mix. What
# is not whole JSON is rejected; nothing hangs, and a good one after it is read
# only if the frame before it ended where it said.
import os
import struct
import threading
frame = struct.pack(">I", 9) + b'{"a": 12}'
child = os.fork()
for byte in frame:
    os.write(3, bytes([byte]))
if child == 0:
    os._exit(0)
os.waitpid(child, 0)
print("whole")
