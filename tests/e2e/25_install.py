"""make install: what it puts where, that it works from there, and goes again.

The unit itself is started in `make test-vm`; here is what can be told of it.
"""

import json
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

from enclave_test import BIN, STORE, TOP, Server, has_gvisor

# Each of them makes systemd install a seccomp filter: systemd.exec(5).
FILTERS = {"SystemCallFilter", "SystemCallArchitectures", "SystemCallLog",
           "RestrictAddressFamilies", "RestrictNamespaces", "RestrictRealtime",
           "RestrictSUIDSGID", "LockPersonality", "MemoryDenyWriteExecute",
           "ProtectKernelModules", "ProtectKernelLogs", "ProtectKernelTunables",
           "ProtectClock", "ProtectHostname", "PrivateDevices"}


def tool(how, destdir, prefix):
    return subprocess.run([str(TOP / "tools/install"), how], text=True,
                          env={**os.environ, "DESTDIR": str(destdir),
                               "PREFIX": prefix}, capture_output=True)


@contextmanager
def installed(prefix="/usr/local"):
    place = Path(tempfile.mkdtemp(prefix="enclave-dest-"))
    place.chmod(0o755)
    try:
        done = tool("install", place, prefix)
        assert done.returncode == 0, done
        yield place
    finally:
        shutil.rmtree(place)


def files_below(place):
    return {str(path.relative_to(place)) for path in place.rglob("*")
            if path.is_symlink() or not path.is_dir()}


def unit_of(place, prefix="usr/local"):
    """[(name, value)] of the unit's lines."""
    text = (place / prefix / "lib/systemd/system/enclave.service").read_text()
    return [tuple(line.split("=", 1)) for line in text.splitlines()
            if re.match(r"[A-Z]\w+=", line)]


def test_what_is_where():
    with installed() as place:
        found = files_below(place)
        assert found == {
            "usr/local/bin/enclave", "usr/local/sbin/enclaved",
            "usr/local/lib/enclave/enclave", "usr/local/lib/enclave/enclaved",
            "usr/local/lib/enclave/enclave-api",
            "usr/local/lib/enclave/enclave-gate",
            "usr/local/lib/enclave/enclave-vault",
            "usr/local/lib/systemd/system/enclave.service",
            "usr/local/share/bash-completion/completions/enclave",
            "usr/local/share/man/man1/enclave.1",
            "usr/local/share/man/man8/enclaved.8",
            "usr/local/share/man/man8/enclave-api.8",
            "usr/local/share/man/man8/enclave-gate.8",
            "usr/local/share/man/man8/enclave-init.8",
            "usr/local/share/man/man8/enclave-vault.8",
            "usr/local/share/man/man8/enclave.service.8"}, found
        for name in found:
            mode = stat.S_IMODE((place / name).stat().st_mode)
            assert mode == (0o755 if "bin/" in name or "lib/enclave" in name
                            else 0o644), (name, oct(mode))


def test_uninstall_takes_exactly_that():
    with installed() as place:
        kept = place / "usr/local/lib/enclave/of-somebody-else"
        kept.write_text("")
        for _ in range(2):  # a second time is no error
            done = tool("uninstall", place, "/usr/local")
            assert done.returncode == 0, done
            assert "kept: sessions" in done.stderr, done
        assert files_below(place) == {str(kept.relative_to(place))}


def test_again_over_itself():
    """Also while the programs run: they are replaced, never written to."""
    with installed() as place:
        program = place / "usr/local/lib/enclave/enclaved"
        with open(program, "rb") as running:
            done = tool("install", place, "/usr/local")
            assert done.returncode == 0, done
            assert os.fstat(running.fileno()).st_ino != program.stat().st_ino
            assert running.read() == program.read_bytes()


def test_what_is_not_built():
    with tempfile.TemporaryDirectory() as place:
        copy = Path(place) / "tree"
        (copy / "tools").mkdir(parents=True)
        shutil.copy2(TOP / "tools/install", copy / "tools/install")
        done = subprocess.run([str(copy / "tools/install"), "install"],
                              env={**os.environ, "DESTDIR": place},
                              capture_output=True, text=True)
        assert done.returncode == 66 and "run make" in done.stderr, done
        assert not (Path(place) / "usr").exists()


def test_it_works_from_there():
    for prefix in ("/usr/local", "/opt/x"):
        with installed(prefix) as place:
            program = place / "hello.py"
            program.write_text('print("hello")')
            done = subprocess.run(
                [str(place / prefix[1:] / "bin/enclave"), "run", str(program)],
                env={**os.environ, "ENCLAVE_BACKEND": "native",
                     "ENCLAVE_ENVIRONMENTS": str(STORE)},
                capture_output=True, text=True, cwd="/", timeout=60)
            assert (done.returncode, done.stdout) == (0, "hello\n"), done


def test_the_unit():
    with installed("/opt/x") as place:
        rows = unit_of(place, "opt/x")
        unit = dict(rows)
        assert unit["ExecStart"] == "/opt/x/lib/enclave/enclaved"
        assert (unit["KillMode"], unit["Type"]) == ("mixed", "notify")
        assert unit["OOMPolicy"] == "continue"
        assert {"cpu", "memory", "pids"} <= set(unit["Delegate"].split())
        # A store may have much to recover before anything is answered.
        assert unit["TimeoutStartSec"] == "infinity"
        # 30 s to drain, 10 s for what is left.
        assert int(unit["TimeoutStopSec"]) > 40
        filtered = FILTERS & {name for name, _ in rows}
        assert not filtered, filtered
        if shutil.which("systemd-analyze"):
            path = place / "opt/x/lib/systemd/system/enclave.service"
            text = path.read_text().replace("/opt/x/lib", f"{place}/opt/x/lib")
            path.write_text(re.sub(r"^Documentation=.*\n", "", text,
                                   flags=re.M))
            done = subprocess.run(["systemd-analyze", "verify", str(path)],
                                  capture_output=True, text=True)
            said = [line for line in done.stderr.splitlines()
                    if "enclave" in line]
            assert not said, said


def test_the_capabilities_of_the_unit_are_enough():
    """With these alone doctor runs a session on each backend (D12)."""
    with installed() as place:
        kept = [word.removeprefix("CAP_").lower()
                for name, value in unit_of(place)
                if name == "CapabilityBoundingSet" for word in value.split()]
    assert kept
    done = subprocess.run(
        ["setpriv", "--bounding-set",
         ",".join(["-all", *(f"+{cap}" for cap in kept)]), "--inh-caps",
         "-all", "--no-new-privs", str(BIN / "enclave"), "doctor", "--json"],
        env={**os.environ, "ENCLAVE_ENVIRONMENTS": str(STORE)},
        capture_output=True, timeout=300)
    rows = {row["feature"]: row for row in json.loads(done.stdout)}
    assert done.returncode == 0, rows
    assert rows["capabilities"]["state"] == "ok", rows
    assert ("session on gvisor" in rows) == has_gvisor(), rows


def test_the_service_manager_is_told():
    with tempfile.TemporaryDirectory() as place:
        told = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        told.bind(f"{place}/notify")
        told.settimeout(20)
        server = Server(backend="simulator")
        server.env = {"NOTIFY_SOCKET": f"{place}/notify"}
        with server:
            assert b"READY=1" in told.recv(4096).split(b"\n")
            server.process.send_signal(signal.SIGTERM)
            assert b"STOPPING=1" in told.recv(4096).split(b"\n")
            assert server.process.wait(20) == 0
            server.process = None
        told.close()


def enclave_run(server, *wrapper, **environment):
    """`enclave run` where @server has the usual socket, for this one alone."""
    place = server.state / "client"
    place.mkdir(exist_ok=True)
    (place / "hello.py").write_text('print("hello")')
    for path in (server.state, place, place / "hello.py"):
        path.chmod(0o755)
    env = {k: v for k, v in os.environ.items()
           if not k.startswith("ENCLAVE_")}
    return subprocess.run(
        ["unshare", "--mount", "sh", "-c",
         "mkdir -p /run/enclave && mount -t tmpfs none /run/enclave && "
         f"ln -s {server.socket} /run/enclave/enclave.sock && exec \"$@\"",
         "sh", *wrapper, str(BIN / "enclave"), "run",
         str(place / "hello.py")],
        env={**env, **environment}, capture_output=True, text=True, timeout=60)


def test_run_uses_the_server_that_runs():
    with Server(pool=0) as server:
        def count():
            return len(server.request("GET", "/v1/sessions").json["sessions"])
        done = enclave_run(server)
        assert (done.returncode, done.stdout) == (0, "hello\n"), done
        assert count() == 1
        # What a private server would be told isn't asked of this one.
        done = enclave_run(server, ENCLAVE_BACKEND="simulator")
        assert done.returncode == 0, done
        assert count() == 1


def test_run_says_what_anybody_else_needs():
    with Server(pool=0) as server:
        bins = Path(tempfile.mkdtemp(prefix="enclave-bin-"))
        bins.chmod(0o755)
        try:
            shutil.copy2(BIN / "enclave", bins / "enclave")
            place = server.state
            place.chmod(0o755)
            (place / "x.py").write_text("pass")
            done = subprocess.run(
                ["unshare", "--mount", "sh", "-c",
                 "mkdir -p /run/enclave && mount -t tmpfs none /run/enclave && "
                 f"ln -s {server.socket} /run/enclave/enclave.sock && "
                 "exec setpriv --reuid 65534 --regid 65534 --clear-groups "
                 f"{bins}/enclave run {place}/x.py"],
                env={k: v for k, v in os.environ.items()
                     if not k.startswith("ENCLAVE_")},
                capture_output=True, text=True, timeout=60)
        finally:
            shutil.rmtree(bins)
        assert done.returncode == 77, done
        assert "ENCLAVE_API_KEY" in done.stderr, done
