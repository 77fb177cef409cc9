"""A program is told of the CPUs and the memory that it may use (P7)."""

import os
import re
import subprocess
import tempfile
import unittest
from concurrent.futures import ThreadPoolExecutor

from enclave_test import (Server, descendants, has_gvisor, need_gvisor,
                          wait_until)

BACKENDS = ["native", *(["gvisor"] if has_gvisor() else [])]
MACHINE = len(os.sched_getaffinity(0))

PYTHON = """
import multiprocessing, os, re
def count(path, start):
    with open(path) as file:
        return sum(re.match(start, line) is not None for line in file)
with open("/proc/meminfo") as file:
    memory = {line.split(":")[0]: int(line.split()[1]) for line in file}
enclave.result({
    "cpus": [os.cpu_count(), multiprocessing.cpu_count(),
             os.sysconf("SC_NPROCESSORS_ONLN"),
             count("/proc/stat", "cpu[0-9]"),
             count("/proc/cpuinfo", "processor")],
    "memoryMb": memory["MemTotal"] / 1024,
    "free": 0 < memory["MemFree"] <= memory["MemTotal"],
    "pages": os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") >> 20,
    "affinity": len(os.sched_getaffinity(0))})
"""

NODE = """
const os = require("os");
const heap = require("v8").getHeapStatistics().heap_size_limit / 2 ** 20;
enclave.result({cpus: os.cpus().length, memoryMb: os.totalmem() / 2 ** 20,
                heap, parallel: os.availableParallelism()});
"""

# limits -> CPUs, MiB
CASES = [({}, 1, 512),
         ({"cpu": 0.2}, 1, 512),
         ({"cpu": 1.5, "memoryMb": 1024}, min(2, MACHINE), 1024),
         ({"cpu": 64, "memoryMb": 700}, MACHINE, 700),
         ({"memoryMb": 300}, 1, 300)]


def told(server, language, code, limits):
    """What a session's program is told, and whether its sandbox waited."""
    def taken():
        return sum(pool["taken"] for pool in server.pools().values())
    before = taken()
    session = server.run({"language": language, "code": code,
                          "limits": limits})
    assert session["outcome"] == "succeeded", session
    return session["result"]["json"], taken() > before


def check(backend, facts, cpus, memory):
    assert facts["cpus"] == [cpus] * 5, (facts, cpus)
    assert facts["memoryMb"] == memory, (facts, memory)
    assert facts["free"], facts
    if backend == "gvisor":  # natively two calls tell of the machine
        assert (facts["affinity"], facts["pages"]) == (cpus, memory), facts


def test_sandboxes_that_are_new():
    for backend in BACKENDS:
        with Server(backend=backend, pool=0) as server, \
                ThreadPoolExecutor(2) as pool:
            for facts, case in zip(pool.map(
                    lambda case: told(server, "python", PYTHON, case[0])[0],
                    CASES), CASES):
                check(backend, facts, *case[1:])


def test_sandboxes_that_waited():
    """The usual ones are warm on both backends, and others where they can."""
    for backend in BACKENDS:
        with Server(backend=backend, pool=1) as server:
            for limits, cpus, memory in CASES:
                server.wait_for_pools()
                facts, warm = told(server, "python", PYTHON, limits)
                check(backend, facts, cpus, memory)
                assert warm == (backend == "native" or not limits), limits


def test_the_heap_of_node():
    """Half of the memory; never that of the machine, waiting or not."""
    for backend in BACKENDS:
        with Server(backend=backend, pool=1) as server:
            # The first asks for a shelf, and so for a node that waits.
            told(server, "node", NODE, {})
            for limits, cpus, memory in CASES:
                server.wait_for_pools()
                facts, warm = told(server, "node", NODE, limits)
                assert (facts["cpus"], facts["memoryMb"]) == (cpus, memory), \
                    facts
                assert memory / 2 <= facts["heap"] < memory * 0.9, facts
                assert warm == ("memoryMb" not in limits and
                                (backend == "native" or not limits)), limits


def machine_mib():
    with open("/proc/meminfo", encoding="ascii") as file:
        return int(re.search(r"MemTotal:\s+(\d+)", file.read())[1]) / 1024


def test_more_memory_than_there_is():
    """Admission may let a session have it; nobody is told of it."""
    most = machine_mib()
    for backend in BACKENDS:
        with Server(backend=backend, pool=0) as server:
            facts, _ = told(server, "python", PYTHON,
                            {"memoryMb": int(most) + 512})
            assert abs(facts["memoryMb"] - most) < 2, (facts, most)


def test_very_many_cpus():
    """What the machine says of 2,000 CPUs is no reason not to start."""
    with open("/proc/cpuinfo", encoding="ascii") as file:
        one = file.read().split("\n\n")[0]
    with tempfile.NamedTemporaryFile("w", encoding="ascii") as many:
        for number in range(2000):
            many.write(re.sub(r"(?m)^processor\t: 0", f"processor\t: {number}",
                              one) + "\n\n")
        many.flush()
        with Server(backend="native", pool=0, wrapper=(
                "unshare", "--mount", "--propagation", "private", "sh", "-c",
                f'mount --bind {many.name} /proc/cpuinfo && exec "$@"', "sh"
                )) as server:
            facts, _ = told(server, "python", PYTHON, {})
            check("native", facts, 1, 512)


def cpus_of(pids):
    """The sets of CPUs that the threads of processes may run on."""
    return {frozenset(os.sched_getaffinity(int(tid)))
            for pid in pids for tid in os.listdir(f"/proc/{pid}/task")}


def test_gvisor_runs_on_the_cpus_of_the_server():
    """Also on those that it has at the claim only."""
    need_gvisor()
    every = os.sched_getaffinity(0)
    if len(every) < 2:
        raise unittest.SkipTest("wants two CPUs")
    code = "import time\ntime.sleep(3)"
    for now in (every, {max(every)}):
        with Server(backend="gvisor", pool=1) as server, \
                ThreadPoolExecutor(1) as pool:
            server.wait_for_pools()
            runsc = [pid for pid, name in descendants(
                server.process.pid).items() if not name.startswith("enclave")]
            assert runsc and {len(cpus) for cpus in cpus_of(runsc)} == {1}
            os.sched_setaffinity(server.process.pid, now)
            session = pool.submit(server.run, {"code": code})
            wait_until(lambda now=now, runsc=runsc: cpus_of(runsc) ==
                       {frozenset(now)}, 3, "the CPUs")
            assert not session.done()
            assert session.result()["outcome"] == "succeeded"
