"""One-shot sessions, cold and warm, beside what else one would pick.

Every round does each subject once, in turn, so that a machine whose speed
drifts slows all of them. A warm session finds a sandbox waiting; before the
next subject has its turn, the pool is full again, and what the one before left
to the kernel, its namespaces above all, has had time to go.
"""

import json
import os
import re
import shutil
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from enclave_test import RUNSC, STORE, Server, Unix
from table import Figure

PROGRAM = "print(sum(i * i for i in range(10)))"
PYTHON = ["/usr/bin/python3", "-c", PROGRAM]
SETTLE_SECONDS = 0.1
CHROOT, RUNC, RUNSC_RUN = "bare chroot", "runc run", "runsc run"
# As Enclave starts it; without a network, which is the quicker way.
RUNSC_FLAGS = ["--platform=systrap", "--network=none", "--directfs=false",
               "--overlay2=none", "--oci-seccomp", "--ignore-cgroups",
               "--host-settings=ignore"]


def oci_config(rootfs, guest=False):
    """What `runc spec` writes, with this root, this program, no terminal."""
    folder = tempfile.mkdtemp(prefix="enclave-bench-")
    subprocess.run(["runc", "spec"], cwd=folder, check=True)
    path = Path(folder, "config.json")
    config = json.loads(path.read_text())
    config["process"]["terminal"] = False
    config["process"]["args"] = PYTHON
    config["root"] = {"path": str(rootfs), "readonly": True}
    if guest:
        one = [{"containerID": 0, "hostID": 100000, "size": 1}]
        config["linux"]["namespaces"].append({"type": "user"})
        config["linux"]["uidMappings"] = config["linux"]["gidMappings"] = one
    path.write_text(json.dumps(config))
    return folder


class Spawned:
    """A program that is started, prints and ends."""

    def __init__(self, *command):
        self.command = command

    def once(self):
        begin = time.perf_counter()
        done = subprocess.run(self.command, capture_output=True)
        took = time.perf_counter() - begin
        if done.stdout != b"285\n":
            raise RuntimeError(f"{self.command[0]}: {done}")
        return took


class Runtime(Spawned):
    """An OCI runtime: each container has a name of its own."""

    def __init__(self, program, flags, folder):
        self.start = (program, *flags, "run", "--bundle", folder)
        self.count = 0

    def once(self):
        self.count += 1
        self.command = (*self.start, f"enclave-bench-{os.getpid()}-{self.count}")
        return super().once()


class Session:
    """One session over one kept connection: request sent to result read."""

    def __init__(self, server, backend):
        self.connection = Unix(server.socket)
        self.body = json.dumps({"code": PROGRAM, "language": "python",
                                "backend": backend})
        self.stages = []

    def once(self):
        begin = time.perf_counter()
        self.connection.request(
            "POST", "/v1/sessions?wait=60s&until=result", body=self.body,
            headers={"Content-Type": "application/json"})
        reply = self.connection.getresponse().read()
        took = time.perf_counter() - begin
        session = json.loads(reply)
        if session["result"]["stdout"] != "285\n":
            raise RuntimeError(session)
        self.stages.append(session["timings"])
        return took


class Warm(Session):
    """The same, with a sandbox that waits."""

    def __init__(self, server, backend):
        super().__init__(server, backend)
        self.server = server
        self.once()  # makes its shelf
        self.server.wait_for_pools()
        self.stages.clear()

    def once(self):
        took = super().once()
        self.server.wait_for_pools()
        return took


def subjects(cold, warm, rootfs, folders):
    bwrap = ["bwrap", "--unshare-all", "--ro-bind", str(rootfs), "/",
             "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp",
             "--die-with-parent", "--", *PYTHON]
    folders.append(oci_config(rootfs))
    field = {
        CHROOT: Spawned("chroot", str(rootfs), *PYTHON),
        "bubblewrap": Spawned(*bwrap),
        RUNC: Runtime("runc", [], folders[-1]),
        "native cold": Session(cold, "native"),
        "native warm": Warm(warm, "native"),
    }
    if RUNSC is not None:
        folders.append(oci_config(rootfs, guest=True))
        root = tempfile.mkdtemp(prefix="enclave-bench-")
        folders.append(root)
        field |= {
            RUNSC_RUN: Runtime(str(RUNSC), [f"--root={root}", *RUNSC_FLAGS],
                               folders[-2]),
            "gvisor cold": Session(cold, "gvisor"),
            "gvisor warm": Warm(warm, "gvisor"),
        }
    return field


# figure: [(baseline, at most this many times it)]
TARGETS = {
    "native cold": [(CHROOT, 2.0), (RUNC, 0.5)],
    "native warm": [(CHROOT, 0.3)],
    "gvisor cold": [(RUNSC_RUN, 1.25)],
    "gvisor warm": [(RUNSC_RUN, 0.08)],
}


def memory_of_waiting(server):
    """What one waiting sandbox and its gate take for themselves, in MB."""
    gates = [pid for pid, name in server.children().items()
             if name == "enclave-gate"]
    kib = sum(int(re.search(r"^Private_Dirty:\s+(\d+)", Path(
        f"/proc/{pid}/smaps_rollup").read_text(), re.M).group(1))
              for pid in gates)
    mark = (server.state / "instance").read_text().strip()
    groups = [path for name in ("memory.usage_in_bytes", "memory.current")
              for path in Path("/sys/fs/cgroup").glob(
                  f"**/enclave/{mark}/*/{name}")]
    charged = sum(int(path.read_text()) for path in groups)
    return (kib / 1024 + charged / (1 << 20)) / len(gates)


def flush_ms(rounds=40):
    """The median of what no session can be faster than, twice."""
    took = []
    with tempfile.TemporaryFile(dir="/var/tmp") as file:
        for _ in range(rounds):
            file.write(bytes(4096))
            file.flush()
            begin = time.perf_counter()
            os.fdatasync(file.fileno())
            took.append((time.perf_counter() - begin) * 1000)
    return statistics.median(took)


def stages_of(name, stages):
    return [Figure(f"{name}: {stage}", statistics.median(
        [s[stage] for s in stages if s[stage] is not None] or [0]), "ms")
            for stage in stages[0]]


def measure(rounds):
    rootfs = (STORE / "default/rootfs").resolve()
    backends = "native" if RUNSC is None else "native,gvisor"
    took, folders = {}, []
    with Server(backend=backends, pool=0) as cold, \
            Server(backend=backends, pool=1) as warm:
        try:
            warm.wait_for_pools()
            memory = memory_of_waiting(warm)
            field = subjects(cold, warm, rootfs, folders)
            for number in range(-2, rounds):
                for name, subject in field.items():
                    time.sleep(SETTLE_SECONDS)
                    seconds = subject.once()
                    if number >= 0:
                        took.setdefault(name, []).append(seconds * 1000)
        finally:
            for folder in folders:
                # runsc keeps a namespace of its gofers mounted there.
                if Path(folder, "null-netns").exists():
                    subprocess.run(["umount", f"{folder}/null-netns"],
                                   check=True)
                shutil.rmtree(folder)
    medians = {name: statistics.median(all_) for name, all_ in took.items()}
    figures = []
    for name, value in medians.items():
        for baseline, target in TARGETS.get(name, [(CHROOT, None)]):
            figures.append(Figure(f"{name}", value, "ms", baseline,
                                  value / medians[baseline], target))
    for name, subject in field.items():
        if isinstance(subject, Session):
            figures += stages_of(name, subject.stages)
    figures.append(Figure("one fdatasync of 4 KiB", flush_ms(), "ms"))
    figures.append(Figure("a waiting native sandbox and its gate", memory,
                          "MB"))
    return figures
