# id: FS-18.proc-writes   class: ESC
# expect-phase: succeeded   expect-json: {"opened": []}
import os
paths = ["/proc/sysrq-trigger", "/proc/sys/kernel/core_pattern", "/proc/sys/vm/panic_on_oom",
         "/sys/kernel/uevent_helper", "/proc/sys/fs/binfmt_misc/register",
         "/proc/sys/kernel/modprobe", "/proc/irq/0/smp_affinity", "/proc/1/oom_score_adj",
         "/proc/1/uid_map", "/proc/1/attr/current", "/proc/self/uid_map"]
opened = []
for path in paths:
    try:
        fd = os.open(path, os.O_WRONLY)
        os.write(fd, b"0 0 1")
        if os.fstat(fd).st_rdev != os.stat("/dev/null").st_rdev:  # a mask
            opened.append(path)
    except OSError:
        pass
enclave.result({"opened": opened})
