# id: RC-14.small-pipe   class: MISLABEL
# expect-phase: succeeded   expect-exit: 0   expect-json: 120000
# Output made non-blocking and its pipe as small as it goes: what the program
# could write arrives, whole and in order, and its own EAGAIN is its own affair.
import fcntl
import os
import select
os.set_blocking(1, False)
try:
    fcntl.fcntl(1, 1031, 1)  # F_SETPIPE_SZ
except OSError:
    pass
text = b"".join(b"%09d\n" % i for i in range(12000))
at = 0
while at < len(text):
    try:
        at += os.write(1, text[at:at + 4096])
    except BlockingIOError:
        select.select([], [1], [])
enclave.result(at)
