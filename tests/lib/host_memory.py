"""Memory of the host that nobody pays for, while something runs.

What the kernel has for itself (objects, tables, stacks, pages of its own such
as those of a socket's buffers), less what the groups of servers are charged of
it. Servers of other tests are subtracted, too: what they take is paid for, and
what they don't pay for shows in their own tests. Pages of programs and of files
are in neither sum, so what else runs on the machine hardly shows.
"""

import os
import re
import threading
from pathlib import Path

from leftovers import instance_dirs, read_text
from pace import paced

LOOK_SECONDS = paced(0.05)
# Of a program, of a file, or of nobody: all the others are the kernel's own.
NOT_THE_KERNELS = ("MemFree", "Buffers", "Cached", "SwapCached", "AnonPages",
                   "SReclaimable")
CHARGED_V1 = "memory.kmem.usage_in_bytes"
CHARGED_V2 = ("kernel", "sock")
TABLES = ("Slab", "PageTables", "KernelStack")


def meminfo():
    text = Path("/proc/meminfo").read_text()
    return {name: int(kib) << 10 for name, kib in
            re.findall(r"^(\w+):\s+(\d+) kB$", text, re.M)}


def kernels_own(info):
    """Bytes of the kernel's own, reclaimable objects aside."""
    return info["MemTotal"] - sum(info[name] for name in NOT_THE_KERNELS)


def charged():
    """Bytes of the kernel's that the sandboxes of all servers pay for."""
    total = 0
    for group in instance_dirs("*"):
        if not (group / "memory.stat").exists():
            continue
        try:
            names = [name for name in os.listdir(group)
                     if (group / name).is_dir()]
        except OSError:
            continue
        for name in names:
            # v1's own count of TCP and UDP limits, but nobody pays by it.
            v1 = read_text(group / name / CHARGED_V1).strip()
            stat = read_text(group / name / "memory.stat")
            total += int(v1) if v1 else sum(
                int(n) for n in re.findall(
                    rf"^(?:{'|'.join(CHARGED_V2)}) (\d+)$", stat, re.M))
    return total


def socket_buffers():
    """Pages of TCP and UDP on the whole machine, in bytes."""
    text = Path("/proc/net/sockstat").read_text()
    return sum(int(n) * 4096 for n in
               re.findall(r"^(?:TCP|UDP): .*mem (\d+)", text, re.M))


class HostMemory:
    """`with HostMemory() as memory`: then how far it grew, in MiB.

    kernel_mb     objects, page tables, kernel stacks, whoever pays
    unpaid_mb     the kernel's own, less what the servers' groups pay for
    buffers_mb    TCP's and UDP's buffers
    """

    @staticmethod
    def look():
        # Charges last: what is freed between the two looks counts for nobody.
        info = meminfo()
        return (sum(info[name] for name in TABLES),
                kernels_own(info) - charged(), socket_buffers())

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
