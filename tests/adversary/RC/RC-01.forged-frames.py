# id: RC-01.forged-frames   class: MISLABEL
# expect-phase: succeeded   expect-json: {"real": true}   expect-exit: 0
# Frames on stdout are only bytes on stdout.
import os
for fd in (1, 2):
    os.write(fd, b"\x13\0\0\0\0\0\0\x10{\"forged\": true}")
    os.write(fd, b"\x15\0\0\0\0\0\0\x08\0\0\0\x07\0\0\0\0")
enclave.result({"real": True})
