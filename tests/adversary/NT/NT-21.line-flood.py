# id: NT-21.line-flood   class: HOSTDOS   backends: native gvisor
# limits: wallClockSeconds=60
# expect-phase: succeeded
# expect-audit: workload_exited exitCode=0
# expect-audit: usage_metered egressDenied=6001
# expect-not-audit: usage_metered eventsSuppressed=0
# expect-audit: session_torn_down
# expect-audit: syscall_denied name=mount
# expect-audit: egress_denied ip=198.51.100.77 count=1
# More kinds of refused datagrams, again and again, than a session's log has
# lines: the log is cut with a count, its end and the server stay. What is tried
# for the first time after that has a line all the same.
import ctypes
import socket
import time

one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for _ in range(12):
    for i in range(500):
        one.sendto(b"x", (f"203.0.113.{i % 250 + 1}", 1000 + i // 250))
    time.sleep(1.05)
one.sendto(b"x", ("198.51.100.77", 77))
ctypes.CDLL(None).mount(None, None, None, 0, None)
