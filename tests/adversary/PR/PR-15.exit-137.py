# id: PR-15.exit-137   class: MISLABEL
# expect-phase: failed   expect-exit: 137   expect-kill: None   expect-not-audit: quota_kill
# Nobody killed it: it only says so.
import os
os._exit(137)
