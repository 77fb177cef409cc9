"""The oracle of tests/adversary notices what it is there for, and no more."""

import base64
import ctypes
import os
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

from adversary_oracle import Oracle
from enclave_test import TOP, Server, Unix, descendants, wait_until
from leftovers import (FIRST_UID, UID_BLOCK, Labels, bpf, differences,
                       host_state, instance_dirs)
from pace import paced


def own_name():
    """Each test is a process, and has a name for what others see."""
    return f"noise-{os.getpid()}"


# ---- leftovers: each is a context in which one of that kind is there ----

@contextmanager
def process(*command, **how):
    child = subprocess.Popen(command or ["sleep", "60"], **how)
    try:
        yield child
    finally:
        child.kill()
        child.wait()


@contextmanager
def folder_of(path, *mount):
    """A directory, something mounted on it if @mount says what."""
    path.mkdir()
    try:
        if mount:
            subprocess.run(["mount", *mount, path], check=True)
        yield
    finally:
        if mount:
            subprocess.run(["umount", path], check=False)
        path.rmdir()


@contextmanager
def file_of(path, uid=0):
    path.touch()
    os.chown(path, uid, 0)
    try:
        yield
    finally:
        path.unlink()


@contextmanager
def cgroup(path):
    path.mkdir()
    try:
        yield
    finally:
        wait_until(lambda: not (path / "cgroup.procs").read_text(), 5, "empty")
        path.rmdir()


@contextmanager
def process_in(path):
    with cgroup(path), process() as child:
        (path / "cgroup.procs").write_text(str(child.pid))
        yield


@contextmanager
def network_namespace(path):
    path.touch()
    subprocess.run(["unshare", f"--net={path}", "true"], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", path], check=False)
        path.unlink()


@contextmanager
def segment(uid):
    made = subprocess.run(["ipcmk", "--shmem", "4096"], user=uid, check=True,
                          capture_output=True, text=True).stdout.split()[-1]
    try:
        yield
    finally:
        subprocess.run(["ipcrm", "--shmem-id", made], check=True)


def hold_bpf_program(uid):
    """In a process of its own: `return 0`, loaded under a real id."""
    code = ctypes.create_string_buffer(
        struct.pack("=BBhi", 0xb7, 0, 0, 0) + struct.pack("=BBhi", 0x95, 0, 0, 0))
    words = ctypes.create_string_buffer(b"GPL")
    os.setresuid(uid, 0, 0)
    assert bpf(5, ctypes.create_string_buffer(struct.pack(  # BPF_PROG_LOAD
        "=IIQQ", 1, 2, ctypes.addressof(code), ctypes.addressof(words)),
        128)) >= 0
    print("loaded", flush=True)
    time.sleep(60)


@contextmanager
def bpf_program(uid):
    with process(sys.executable, "-c", "import runpy, sys; runpy.run_path("
                 f"{__file__!r})['hold_bpf_program']({uid})",
                 env={**os.environ, "PYTHONPATH": str(TOP / "tests/lib")},
                 stdout=subprocess.PIPE) as child:
        assert child.stdout.readline() == b"loaded\n"
        yield


@contextmanager
def connection(server):
    client = Unix(server.socket)
    client.request("GET", "/v1/healthz")
    client.getresponse().read()
    try:
        yield
    finally:
        client.close()


def leftovers(server, labels, folder):
    """[(kinds that show it, context)], one row for each label of each kind."""
    group = instance_dirs(labels.mark)[0]
    program = shutil.copy("/bin/sleep", folder / "enclave-sleep")
    state, uid = server.state, labels.block + 500
    return [
        ({"strays"}, process(user=uid)),
        ({"strays", "cgroups"}, process_in(group / "leak")),
        ({"strays"}, process(str(state), "60", executable=program)),
        ({"strays", "network namespaces"},
         process("unshare", "--net", "setpriv", f"--reuid={uid}",
                 "sleep", "60")),
        ({"cgroups"}, cgroup(group / "leak")),
        ({"files", "mounts", "network namespaces"},
         network_namespace(state / "leak")),
        ({"files", "mounts"}, folder_of(state / "leak", "-ttmpfs", "none")),
        ({"mounts"}, folder_of(folder / "m", "-ttmpfs", f"-ouid={uid}", "n")),
        ({"mounts"}, folder_of(folder / "m", "--bind", labels.store)),
        ({"files"}, file_of(state / "leak")),
        ({"shared files"}, file_of(Path("/dev/shm", own_name()), uid)),
        ({"shared files"}, file_of(Path("/tmp", f"{own_name()}-{labels.mark}"))),
        ({"IPC objects"}, segment(uid)),
        ({"BPF programs"}, bpf_program(uid)),
        ({"descriptors"}, connection(server)),
    ]


@contextmanager
def veth():
    subprocess.run(["ip", "link", "add", f"a{os.getpid()}", "type", "veth",
                    "peer", "name", f"b{os.getpid()}"], check=True)
    try:
        yield
    finally:
        subprocess.run(["ip", "link", "del", f"a{os.getpid()}"], check=False)


@contextmanager
def table():
    subprocess.run(["nft", "add", "table", "inet", own_name()], check=True)
    try:
        yield
    finally:
        subprocess.run(["nft", "delete", "table", "inet", own_name()], check=False)


def noise(labels, folder):
    """Contexts: each of the same kinds, but somebody else's."""
    group = instance_dirs(labels.mark)[0]
    # No server has a block so far behind.
    other, stranger = group.parent / own_name(), FIRST_UID + 250 * UID_BLOCK + 7
    return [process(), process(user=65534), process(user=stranger),
            process("tail", "-f", str(Path(labels.state, "log"))),
            process_in(group.parent.parent / own_name()), cgroup(other),
            network_namespace(folder / "net"),
            process("unshare", "--net", "sleep", "60"),
            folder_of(folder / "m", "-ttmpfs", "none"),
            folder_of(folder / "o", "-ttmpfs", "-ouid=1000", "none"),
            file_of(Path("/dev/shm", own_name())),
            file_of(Path("/tmp", own_name()), stranger),
            segment(65534), bpf_program(65534), veth(), table()]


def named(faults):
    return {fault.partition(":")[0] for fault in faults}


def test_each_leftover_shows():
    with Server(pool=1) as server, tempfile.TemporaryDirectory() as folder:
        server.wait_for_pools()
        before, labels = host_state(server), Labels(server)
        for kinds, leftover in leftovers(server, labels, Path(folder)):
            with leftover:
                seen = wait_until(
                    lambda: found if kinds <= named(found := differences(
                        before, host_state(server))) else None, 5, str(kinds))
                assert named(seen) == kinds, (kinds, seen)
            wait_until(lambda: host_state(server) == before, 5,
                       f"the end of {kinds}")


def test_names_of_ours_show_on_the_host():
    """In a network of this test's own: other oracles would see them, too."""
    look = ("import leftovers; "
            "print(leftovers.links(), leftovers.tables())")
    script = f"""set -e
        mount -t sysfs none /sys
        look() {{ {sys.executable} -c '{look}'; }}
        ip link add stranger type veth peer name other
        nft add table inet stranger
        look
        ip link add gate0 type veth peer name eth0 address 02:00:00:00:00:02
        nft add table inet enclave
        look"""
    seen = subprocess.run(["unshare", "--net", "--mount", "sh", "-c", script],
                          capture_output=True, text=True, check=True,
                          env={**os.environ,
                               "PYTHONPATH": str(TOP / "tests/lib")}).stdout
    assert seen.splitlines() == ["[] 0", "['eth0', 'gate0'] 1"], seen


def test_noise_of_others_does_not_show():
    with Server(pool=1) as server, tempfile.TemporaryDirectory() as folder:
        server.wait_for_pools()
        oracle = Oracle(server)
        oracle.begin_group()
        with ExitStack() as stack:
            for one in noise(Labels(server), Path(folder)):
                stack.enter_context(one)
            other = stack.enter_context(Server(pool=0))
            assert other.run({"code": "pass", "language": "python"})
            assert differences(oracle.before, oracle.look()) == []
            assert oracle.end_group() == []


def test_the_oracle_notices():
    with Server(pool=0) as server:
        server.audit(server.run({"code": "pass", "language": "python"})["id"])
        oracle = Oracle(server)
        oracle.begin_group()
        assert oracle.after_wave() == []

        stray = subprocess.Popen(["sleep", "60"],
                                 user=Labels(server).block + 500)
        try:
            assert any("strays" in one for one in oracle.after_wave())
        finally:
            stray.kill()
            stray.wait()

        with open(server.log, "ab") as log:
            log.write(base64.b64encode(b"x" + oracle.case_secret.encode()))
        oracle.host["runtime enclaved"] = "of another program"
        pulse = next(pid for pid, name in
                     descendants(server.process.pid).items()
                     if name == "python3")
        os.kill(pulse, signal.SIGSTOP)
        until = time.monotonic() + paced(3)
        wait_until(lambda: time.monotonic() > until, 5, "a gap in the pulse")
        os.kill(pulse, signal.SIGCONT)
        time_of_pulse = time.monotonic() + 0.6
        wait_until(lambda: time.monotonic() > time_of_pulse, 5, "a pulse")

        faults = oracle.end_group()
        assert any("the case secret is in the log" in one for one in faults), (
            faults)
        assert any("runtime enclaved" in one for one in faults), faults
        assert oracle.stills, "the stopped sibling went unnoticed"
        assert len(faults) == 2, faults
