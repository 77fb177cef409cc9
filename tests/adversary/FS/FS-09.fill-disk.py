# id: FS-09.fill-disk   class: HOSTDOS   limits: diskMb=16
# expect-phase: succeeded   expect-json: {"errno": 28, "bounded": true}
# A full disk is ENOSPC to the program, never its death: memory is disk here.
import os
wrote = 0
try:
    with open("/work/fill", "wb", buffering=0) as f:
        while True:
            wrote += f.write(b"x" * 65536)
except OSError as e:
    number = e.errno
enclave.result({"errno": number, "bounded": wrote <= 16 << 20})
