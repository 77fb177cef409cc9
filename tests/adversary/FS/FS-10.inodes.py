# id: FS-10.inodes   class: HOSTDOS
# expect-phase: succeeded   expect-json: {"errno": 28, "bounded": true}
# limits@gvisor: memoryMb=64   parity: inodes
# Until it is refused.
import os
made = 0
try:
    while made < 1000000:
        os.close(os.open(f"/work/{made}", os.O_CREAT | os.O_WRONLY))
        made += 1
except OSError as e:
    number = e.errno
enclave.result({"errno": number, "bounded": made < 20000})
