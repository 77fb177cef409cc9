# id: RC-15.half-result   class: MISLABEL
# expect-phase: failed   expect-exit: 5   expect-json: {"good": 1}
# After a good result another that is announced, begun and never finished: the
# last whole one counts, and nobody waits for the rest.
import os
import struct
enclave.result({"good": 1})
os.write(3, struct.pack(">I", 1 << 20) + b'{"half": "')
os._exit(5)
