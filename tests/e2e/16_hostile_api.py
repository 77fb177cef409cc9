"""A hostile program in the place of enclave-api: what it can't break.

It is what somebody has who took enclave-api over: its descriptors, its
confinement, and any instruction that they like.
"""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path

from enclave_test import BIN, TOP, Server, wait_until
from facts import groups_of, instance_of

LIB = TOP / "tests/lib"
ASAN = TOP / "build/asan"
WAITING_MAX = 4096  # reports in the launcher's queue (launcher.c)
TAGGED_BYTES = 16   # sizeof(struct enc_launch_tagged)


def compiled(name, folder, *options):
    """tests/lib/<name>.c as a program that needs no library."""
    target = Path(folder) / name
    subprocess.run(["cc", "-static", "-O1", "-D_GNU_SOURCE",
                    f"-I{TOP}/src/launch", f"-I{TOP}/src/base", *options,
                    "-o", target, LIB / f"{name}.c"], check=True)
    return target


class Programs:
    """A folder that every user can read, for programs of a test."""

    def __enter__(self):
        self.path = Path(tempfile.mkdtemp(prefix="enclave-bin-"))
        self.path.chmod(0o755)
        return self.path

    def __exit__(self, *_):
        shutil.rmtree(self.path, ignore_errors=True)


def asan_programs(folder):
    """enclaved with sanitizers; the others, some of them static, without."""
    if not (ASAN / "build.ninja").exists():
        subprocess.run(["meson", "setup", "-Dasan=true", ASAN], cwd=TOP,
                       check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["ninja", "-C", ASAN, "src/bin/enclaved"], check=True,
                   stdout=subprocess.DEVNULL)
    for program in BIN.iterdir():
        shutil.copy2(program, folder / program.name)
    shutil.copy2(ASAN / "src/bin/enclaved", folder / "enclaved")


def room_of_a_channel():
    """How many reports a channel takes that nobody reads."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.setblocking(False)
    sent = 0
    try:
        while True:
            ours.send(bytes(TAGGED_BYTES))
            sent += 1
    except BlockingIOError:
        return sent
    finally:
        ours.close()
        theirs.close()


def holdable(instance):
    """The first sandbox's directories that keep it from being removed."""
    groups = [path for path in groups_of(instance) if path.name == "0"]
    return [path for path in groups if "memory" in str(path)] or groups


def test_a_lost_channel_frees_nothing_that_is_in_use():
    """T7: the channel ends inside a walk over the sandboxes."""
    fill = room_of_a_channel() + WAITING_MAX
    with Programs() as folder:
        asan_programs(folder)
        api = compiled("api_fill", folder, f"-DFILL={fill}")
        server = Server(pool=0, extra=["--api", str(api)])
        server.bins = folder
        server.env = {"ASAN_OPTIONS": "detect_leaks=0"}
        with server:
            fill_and_lose(server)


def fill_and_lose(server):
    def said(text, times=1):
        found = server.log.read_text()
        assert "AddressSanitizer" not in found, found[-6000:]
        assert "runtime error" not in found, found[-6000:]
        return found.count(text) >= times
    wait_until(lambda: said("fill: made"), 60, "sandboxes")
    held = [path / "held" for path in holdable(instance_of(server))]
    assert held
    for path in held:
        path.mkdir()
    try:
        os.kill(next(pid for pid, name in server.children().items()
                     if name == "api_fill"), signal.SIGUSR1)
        wait_until(lambda: said("fill: full"), 60, "a full queue")
    finally:
        for path in held:
            path.rmdir()
    wait_until(lambda: said("it doesn't read"), 30, "the channel's end")
    wait_until(lambda: said("enclave-api started", 2), 30, "the next one")
    assert server.process.poll() is None
