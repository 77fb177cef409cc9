# id: FS-10.inodes   class: HOSTDOS
# expect-phase: succeeded   expect-json: {"errno": 28, "bounded": true}
# expect-phase@gvisor: killed   expect-kill@gvisor: memory_exceeded
# expect-json@gvisor: -   limits@gvisor: memoryMb=64   parity: inodes
# Until it is refused, or until what they take is more than there is.
import os
made = 0
try:
    while made < 1000000:
        os.close(os.open(f"/work/{made}", os.O_CREAT | os.O_WRONLY))
        made += 1
except OSError as e:
    number = e.errno
enclave.result({"errno": number, "bounded": made < 20000})
