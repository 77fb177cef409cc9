# id: FS-19.proc-reads   class: LEAK
# expect-phase: succeeded   expect-json: {"read": []}
paths = ["/proc/kcore", "/proc/keys", "/proc/key-users", "/proc/sched_debug",
         "/proc/timer_list", "/proc/latency_stats", "/proc/interrupts", "/proc/vmallocinfo",
         "/proc/kmsg", "/proc/config.gz", "/proc/kpagecount", "/sys/firmware/dmi/tables/DMI"]
read = []
for path in paths:
    try:
        if open(path, "rb").read(16):
            read.append(path)
    except OSError:
        pass
enclave.result({"read": read})
