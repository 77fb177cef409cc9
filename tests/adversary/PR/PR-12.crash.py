# id: PR-12.crash   class: LEAK
# expect-phase: failed   expect-signal: 11   expect-not-audit: quota_kill
import os, resource, signal
try:
    resource.setrlimit(resource.RLIMIT_CORE, (1 << 30, 1 << 30))
    print("HELD core limit raised")
except (ValueError, OSError):
    pass
os.kill(os.getpid(), signal.SIGSEGV)
