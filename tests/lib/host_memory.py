"""Memory of the host that nobody pays for, while something runs.

What the kernel has for itself (objects, tables, stacks, pages of its own such
as those of a socket's buffers), less what the groups of a server are charged
of it. Pages of programs and of files are in neither sum, so what else runs on
the machine hardly shows.
"""

import re
import threading
from pathlib import Path

LOOK_SECONDS = 0.05
# Of a program, of a file, or of nobody: all the others are the kernel's own.
NOT_THE_KERNELS = ("MemFree", "Buffers", "Cached", "SwapCached", "AnonPages",
                   "SReclaimable")
CHARGED_V1 = ("memory.kmem.usage_in_bytes", "memory.kmem.tcp.usage_in_bytes")
CHARGED_V2 = ("kernel", "sock")
TABLES = ("Slab", "PageTables", "KernelStack")


def meminfo():
    text = Path("/proc/meminfo").read_text()
    return {name: int(kib) << 10 for name, kib in
            re.findall(r"^(\w+):\s+(\d+) kB$", text, re.M)}


def kernels_own(info):
    """Bytes of the kernel's own, reclaimable objects aside."""
    return info["MemTotal"] - sum(info[name] for name in NOT_THE_KERNELS)


def read_number(path):
    try:
        return int(path.read_text())
    except (OSError, ValueError):
        return 0


def charged(mark):
    """Bytes of the kernel's that the server's groups pay for, by its mark."""
    total = 0
    for group in Path("/sys/fs/cgroup").glob(f"memory/enclave/{mark}/*/"):
        # TCP's and UDP's are counted, but paid for by nobody else.
        total += read_number(group / CHARGED_V1[0])
    for stat in Path("/sys/fs/cgroup").rglob(f"{mark}/*/memory.stat"):
        if (stat.parent / "memory.kmem.usage_in_bytes").exists():
            continue
        try:
            total += sum(int(n) for n in re.findall(
                rf"^(?:{'|'.join(CHARGED_V2)}) (\d+)$", stat.read_text(),
                re.M))
        except OSError:
            pass
    return total


def socket_buffers():
    """Pages of TCP and UDP on the whole machine, in bytes."""
    text = Path("/proc/net/sockstat").read_text()
    return sum(int(n) * 4096 for n in
               re.findall(r"^(?:TCP|UDP): .*mem (\d+)", text, re.M))


class HostMemory:
    """`with HostMemory(mark) as memory`: then how far it grew, in MiB.

    kernel_mb     objects, page tables, kernel stacks, whoever pays
    unpaid_mb     the kernel's own, less what the server's groups pay for
    buffers_mb    TCP's and UDP's buffers
    """

    def __init__(self, mark):
        self.mark = mark

    def look(self):
        # Charges last: what is freed between the two looks counts for nobody.
        info = meminfo()
        return (sum(info[name] for name in TABLES),
                kernels_own(info) - charged(self.mark), socket_buffers())

    def __enter__(self):
        self.first = self.most = self.look()
        self.ending = threading.Event()
        self.thread = threading.Thread(target=self.watch)
        self.thread.start()
        return self

    def watch(self):
        while not self.ending.wait(LOOK_SECONDS):
            self.most = tuple(map(max, self.most, self.look()))

    def __exit__(self, *_):
        self.ending.set()
        self.thread.join()
        self.kernel_mb, self.unpaid_mb, self.buffers_mb = (
            (most - first) >> 20
            for most, first in zip(self.most, self.first))
