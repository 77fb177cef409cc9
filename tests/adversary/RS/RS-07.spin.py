# id: RS-07.spin   class: HOSTDOS   limits: cpuSeconds=1 wallClockSeconds=20
# expect-phase: killed   expect-kill: cpu_exceeded   max-wall: 12
# expect-audit: quota_kill reason=cpu_exceeded
while True:
    pass
