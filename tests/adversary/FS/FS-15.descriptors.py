# id: FS-15.descriptors   class: ESC
# expect-phase: succeeded   expect-json: {"directories": [], "others": []}
# No directory descriptor is inherited (CVE-2024-21626), only 0 to 3.
import os
directories, others = [], []
for name in os.listdir("/proc/self/fd"):
    fd = int(name)
    try:
        target = os.readlink(f"/proc/self/fd/{fd}")
    except OSError:
        continue
    if os.path.isdir(f"/proc/self/fd/{fd}") and "/proc/" not in target:
        directories.append(target)
    if fd > 3 and "/proc/" not in target:
        others.append(target)
enclave.result({"directories": directories, "others": others})
