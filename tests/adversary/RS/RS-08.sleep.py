# id: RS-08.sleep   class: MISLABEL   limits: wallClockSeconds=1
# expect-phase: killed   expect-kill: wall_clock_exceeded   max-wall: 4
# expect-audit: quota_kill reason=wall_clock_exceeded
import time
time.sleep(600)
