"""What a server takes: memory, wake-ups, and a log of a million events."""

import os
import re
import subprocess
import tempfile
import time
from pathlib import Path

from enclave_test import BIN, Server, wait_until
from table import Figure

LIVE, IDLE_SECONDS, EVENTS = 200, 10, 1_000_000
TOP = Path(__file__).resolve().parent.parent


def field_kib(pid, file, name):
    text = Path(f"/proc/{pid}/{file}").read_text()
    return int(re.search(rf"^{name}:\s+(\d+)", text, re.M).group(1))


def pid_of(server, name):
    return next(pid for pid, one in server.children().items() if one == name)


def switches(pid):
    return sum(int(n) for n in re.findall(
        r"^(?:non)?voluntary_ctxt_switches:\s+(\d+)",
        "".join(Path(task, "status").read_text()
                for task in Path(f"/proc/{pid}/task").iterdir()), re.M))


def live_sessions():
    """200 at once: what enclave-api holds, and what each gate has alone."""
    sleeping = {"command": ["sleep", "600"],
                "limits": {"wallClockSeconds": 600, "memoryMb": 16,
                           "diskMb": 1}}
    with Server(backend="native", pool=0) as server:
        made = [server.request("POST", "/v1/sessions", sleeping).json["id"]
                for _ in range(LIVE)]

        def running():
            return sum(server.request("GET", f"/v1/sessions/{one}").json[
                "phase"] == "running" for one in made)
        # The host admits some for each core, the others wait.
        wait_until(lambda: running() >= min(LIVE, 8 * os.cpu_count()), 60,
                   "running sessions")
        count = running()
        api = field_kib(pid_of(server, "enclave-api"), "status", "VmRSS")
        gates = [pid for pid, name in server.children().items()
                 if name == "enclave-gate"]
        private = [field_kib(pid, "smaps_rollup", "Private_Dirty") +
                   field_kib(pid, "smaps_rollup", "Private_Clean")
                   for pid in gates]
        for one in made:
            server.request("DELETE", f"/v1/sessions/{one}")
    return [Figure(f"enclave-api, {LIVE} live, {count} running", api / 1024,
                   "MiB", target=40),
            Figure("a gate's private memory, the largest",
                   max(private) / 1024, "MiB", target=2)]


def idle():
    """Context switches of all its processes while nothing is asked."""
    with Server(backend="native", pool=2) as server:
        server.wait_for_pools()
        time.sleep(1)  # what was started comes to rest
        before = {pid: switches(pid) for pid in server.children()}
        time.sleep(IDLE_SECONDS)
        after = {pid: switches(pid) for pid in server.children()}
        woken = sum(after[pid] - count for pid, count in before.items()
                    if pid in after)
    return [Figure("wake-ups of an idle server", woken / IDLE_SECONDS, "1/s",
                   target=0.1)]


def long_log():
    """The offline verifier over a bundle of a million events, one core."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        path = Path(folder, "bundle")
        with open(path, "wb") as out:
            subprocess.run([TOP / "build/release/driver_bundle", str(EVENTS)],
                           check=True, stdout=out)
        process = subprocess.Popen([BIN / "enclave", "audit", "verify", path],
                                   stdout=subprocess.DEVNULL)
        _, code, usage = os.wait4(process.pid, 0)
    if code != 0:
        raise RuntimeError(f"verifying: {code}")
    return [Figure("a log of a million events verifies in",
                   usage.ru_utime + usage.ru_stime, "s", target=5),
            Figure("memory for that", usage.ru_maxrss / 1024, "MiB",
                   target=64)]


def measure():
    return live_sessions() + idle() + long_log()
