# id: RS-02.memory   class: HOSTDOS   limits: memoryMb=64 diskMb=8
# expect-phase: killed   expect-kill: memory_exceeded   max-wall: 20
# expect-audit: quota_kill reason=memory_exceeded
held = []
while True:
    held.append(bytearray(b"x" * (1 << 20)))
