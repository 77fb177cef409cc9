# id: RS-12.cgroup   class: ESC
# expect-phase: succeeded   expect-json: {"reached": []}
import os
reached = []
for root in ("/sys/fs/cgroup", "/sys", "/proc/1/cgroup"):
    if os.path.isdir(root) and os.listdir(root):
        reached.append(root)
for line in open("/proc/self/cgroup"):
    if line.strip().split(":", 2)[2] not in ("/", "/.."):
        reached.append(line.strip())
enclave.result({"reached": reached})
