"""A machine whose limits can't be held: nothing starts, and it says why.

Debian's kernel 6.12 has no memory controller of v1. On systemd's hybrid layout
the limits would be a mixture of both versions.
"""

import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from enclave_test import TOP  # noqa: E402
from pace import paced  # noqa: E402
from service import groups, property_of, sh  # noqa: E402

ENCLAVE = "/usr/local/bin/enclave"
ALONE = {k: v for k, v in os.environ.items() if not k.startswith("ENCLAVE_")}
LACKS = "cgroup v1 lacks memory: Operation not supported"


def fails(*command, seconds=120):
    """What a program says that mustn't succeed."""
    done = subprocess.run(command, capture_output=True, text=True, env=ALONE,
                          timeout=paced(seconds), check=False)
    assert done.returncode not in (0, 126, 127), done
    return done.stdout + done.stderr


def test_the_machine_is_the_one_that_is_meant():
    assert sh("stat", "-fc", "%T", "/sys/fs/cgroup").strip() == "tmpfs"
    assert Path("/sys/fs/cgroup/pids/cgroup.procs").exists()
    assert not Path("/sys/fs/cgroup/memory/cgroup.procs").exists()


def test_the_unit_does_not_start():
    sh("make", "install", cwd=TOP, env={**ALONE, "MAKEFLAGS": ""})
    fails("systemctl", "start", "enclave")
    assert property_of("ExecMainStatus") == "69"
    said = sh("journalctl", "--unit", "enclave", "--output", "cat")
    assert f"{LACKS}; mount cgroup v2 alone" in said, said


def test_doctor_names_what_is_missing():
    said = fails(ENCLAVE, "doctor")
    row = next(line for line in said.splitlines()
               if line.startswith("MISSING  cgroups "))
    assert row.endswith(LACKS), said
    assert "-> mount cgroup v2 alone" in said, said


def test_no_program_runs(tmp="/tmp/refused.py"):
    Path(tmp).write_text("print('hello')\n")
    for backend in ("native", "gvisor"):
        said = fails(ENCLAVE, "run", "--backend", backend, tmp)
        assert LACKS in said and "hello" not in said, said


def test_nothing_is_left():
    sh("systemctl", "reset-failed", "enclave", check=False)
    assert not groups(), groups()
