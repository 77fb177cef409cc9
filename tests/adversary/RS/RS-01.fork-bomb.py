# id: RS-01.fork-bomb   class: HOSTDOS   limits: pidsLimit=64
# expect-phase: killed   expect-kill: pids_exceeded   max-wall: 15
# expect-audit: quota_kill reason=pids_exceeded limit=64
import os
while True:
    try:
        os.fork()
    except OSError:
        pass
