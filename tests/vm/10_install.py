"""From a checkout to a first session, as README says, on the target."""

import os
import platform
import re
import tempfile
from pathlib import Path

from enclave_test import TOP, has_gvisor
from service import Service, property_of, sh

KERNEL = os.environ.get("ENCLAVE_VM_KERNEL", "6.1")
LAYOUT = os.environ.get("ENCLAVE_VM_LAYOUT", "v2")
# A demo on a machine that nobody else uses; everything else asks the unit.
ALONE = {k: v for k, v in os.environ.items() if not k.startswith("ENCLAVE_")}


def enclave(*arguments, seconds=60, **more):
    """The installed program, from a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "hello.py").write_text("print('hello')\n")
        return sh("/usr/local/bin/enclave", *arguments, cwd=folder,
                  env={**ALONE, **more}, seconds=seconds)


def test_the_machine_is_the_one_that_is_meant():
    assert platform.release().startswith(KERNEL + "."), platform.release()
    kind = sh("stat", "-fc", "%T", "/sys/fs/cgroup").strip()
    assert kind == {"v2": "cgroup2fs", "hybrid": "tmpfs"}[LAYOUT], kind
    assert 'VERSION_ID="12"' in Path("/etc/os-release").read_text()
    modules = Path("/sys/kernel/security/lsm").read_text().split(",")
    assert {"landlock", "yama", "apparmor"} <= set(modules), modules
    assert has_gvisor()


def test_make_install():
    said = sh("make", "install", cwd=TOP, env={**ALONE, "MAKEFLAGS": ""})
    assert "compiling" not in said, said
    assert "enclave" in enclave("version")


def test_the_unit_starts():
    sh("systemctl", "start", "enclave")
    assert property_of("ActiveState") == "active"
    Service().wait_ready()


def test_a_first_program():
    assert enclave("run", "hello.py") == "hello\n"


def test_doctor_finds_nothing_wrong():
    said = enclave("doctor")
    rows = [line for line in said.splitlines() if line.strip()]
    assert len(rows) >= 10, said
    assert not re.search(r"^(missing|failed|wrong)", said, re.M), said


def test_hello_on_each_backend():
    for backend in ("native", "gvisor"):
        session = Service(backend).run({"code": "print(1)",
                                        "language": "python"})
        assert session["backend"] == backend, session
        assert session["result"]["stdout"] == "1\n", session


def test_the_demo_is_contained():
    said = enclave("demo", "adversarial", seconds=120,
                   ENCLAVE_BACKEND="native")
    assert "6/6" in said, said
