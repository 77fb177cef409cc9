# id: FS-53.kernel-addresses   class: LEAK   limits: cpuSeconds=20 wallClockSeconds=40
# expect-phase: succeeded   expect-json: []   expect-stdout: ^looked at [1-9]\d\d+ files$
# Nothing below /proc and /sys that can be read tells where anything of the
# kernel's lies: that is half of every attack on it.
import os, re
address = re.compile(rb"(?<![0-9a-f])(?:0x)?ffff[89a-f][0-9a-f]{11}(?![0-9a-f])")
# Where every program has it, and ends of the address space that are no places.
known = {b"ffffffffff600000", b"ffffffffff601000", b"ffffffffffffffff"}
# What asks for threads of ours in a loop comes once; data of ours is no leak.
skipped = {"mem", "pagemap", "kpagecount", "kmsg"}
found, looked = [], 0
for top in ("/proc", "/sys"):
    for root, directories, files in os.walk(top):
        directories[:] = [d for d in directories if d not in ("task", "thread-self")]
        for name in files:
            if name in skipped:
                continue
            path = os.path.join(root, name)
            try:
                fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
            except OSError:
                continue
            try:
                data = os.read(fd, 1 << 20)
                looked += 1
            except OSError:
                data = b""
            os.close(fd)
            if {m.removeprefix(b"0x") for m in address.findall(data)} - known:
                found.append(path)
print("looked at", looked, "files")
enclave.result(found)
