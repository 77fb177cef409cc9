"""The vault beside a server: its confinement, and faults that stop a start."""

import errno
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from enclave_test import BIN, TOP, Server, wait_until

KINDS = ("cgroup", "ipc", "mnt", "net", "pid", "uts")


def pids(server, name="enclave-vault"):
    return [pid for pid, comm in server.children().items() if comm == name]


def status_of(pid):
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return dict(line.split(":\t", 1) for line in lines if ":\t" in line)


def namespaces(pid):
    return {os.readlink(f"/proc/{pid}/ns/{kind}") for kind in KINDS}


class Kept:
    """A state directory that outlives its servers."""

    def __enter__(self):
        self.path = Path(tempfile.mkdtemp(prefix="enclave-test-"))
        return self.path

    def __exit__(self, *_):
        shutil.rmtree(self.path)


def refuses(state, *extra):
    """Starts a server that ends at once; returns what it says."""
    server = Server(state=state, pool=0, extra=extra)
    before = server.log.stat().st_size if server.log.exists() else 0
    try:
        server.start()
    except RuntimeError:
        assert server.process.wait(20) == 69
        server.process = None
        return server.log.read_bytes()[before:].decode()
    finally:
        server.__exit__()
    raise AssertionError("it serves")


def serves(state, *extra):
    with Server(state=state, pool=0, extra=extra) as server:
        assert server.request("GET", "/v1/healthz").status == 200
        assert len(pids(server)) == 1


def test_what_it_is_confined_to():
    with Server(pool=0) as server:
        (vault,), (api,) = pids(server), pids(server, "enclave-api")
        status = status_of(vault)
        assert status["Seccomp"] == "2" and status["NoNewPrivs"] == "1"
        assert status["CapEff"] == status["CapPrm"] == "0" * 16
        assert status["Groups"].strip() == "" and status["Threads"] == "1"
        uids = set(status["Uid"].split())
        assert len(uids) == 1 and uids == set(status["Gid"].split())
        assert uids != set(status_of(api)["Uid"].split())
        assert not namespaces(vault) & (namespaces("self") | namespaces(api))
        assert os.listdir(f"/proc/{vault}/root") == ["state"]
        owner = os.stat(server.state / "vault")
        assert {str(owner.st_uid)} == uids, owner
        assert owner.st_mode & 0o7777 == 0o700
        key = os.stat(server.state / "vault-key")
        assert (key.st_uid, key.st_mode & 0o7777) == (0, 0o600)
        limits = Path(f"/proc/{vault}/limits").read_text()
        assert "Max core file size        1 " in limits, limits
        # Null, null, the log, the launcher's link, its directory, its memory.
        found = {int(fd): os.readlink(f"/proc/{vault}/fd/{fd}")
                 for fd in os.listdir(f"/proc/{vault}/fd")}
        assert len(found) <= 8, found
        files = {path for path in found.values() if path.startswith("/")}
        assert {path for path in files if path.startswith("/state")} == {
            "/state", "/state/memory"}, found
        environment = Path(f"/proc/{vault}/environ").read_text()
        assert environment.startswith("ENCLAVE_LOG="), environment
        assert environment.count("=") == 1, environment


# Runs in the vault's place, as a vault that was taken over: it tells which
# files it can open, says that it serves, and doesn't end by itself.
TAKEN_OVER = r"""
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>
static void tell(const char *path, int flags)
{
	char line[64];
	int fd = open(path, flags, 0600);
	int error = fd < 0 ? errno : 0;
	(void)!write(2, line, snprintf(line, sizeof(line), "probe %s %d\n",
				       path, error));
}
int main(void)
{
	tell("/", O_RDONLY);
	tell("/state/probe", O_RDWR | O_CREAT);
	tell("/proc/self/status", O_RDONLY);
	(void)!write(7, "", 1);
	for (;;)
		poll(NULL, 0, -1);
}
"""


def test_a_taken_over_vault():
    """It opens files of its directory alone, and dies with enclaved."""
    folder = Path(tempfile.mkdtemp(prefix="enclave-bin-"))
    folder.chmod(0o755)
    for program in BIN.iterdir():
        if program.name != "enclave-vault":
            shutil.copy2(program, folder / program.name)
    subprocess.run(["cc", "-static", "-x", "c", "-o",
                    folder / "enclave-vault", "-"], input=TAKEN_OVER.encode(),
                   check=True)
    server = Server(pool=0)
    server.bins = folder
    with server:
        (vault,) = pids(server)
        told = [line.split()[1:] for line in server.log.read_text().splitlines()
                if line.startswith("probe ")]
        assert told == [["/", str(errno.EACCES)], ["/state/probe", "0"],
                        ["/proc/self/status", str(errno.ENOENT)]], told
        server.stop(signal.SIGKILL)
        wait_until(lambda: not Path(f"/proc/{vault}").exists(), 10, "its end")


def test_the_simulator_has_none():
    with Server(backend="simulator") as server:
        assert pids(server) == []
        assert not (server.state / "vault-key").exists()


def test_it_is_started_again():
    with Server(pool=0) as server:
        for number in range(6):
            (former,) = pids(server)
            os.kill(former, signal.SIGKILL)
            wait_until(lambda: pids(server) not in ([], [former]), 20,
                       f"vault {number}")
        session = server.run({"code": "print(1)", "language": "python"})
        assert session["result"]["stdout"] == "1\n", session


def test_none_is_left():
    with Server(pool=0) as server:
        (vault,) = pids(server)
        server.stop(signal.SIGKILL)
        wait_until(lambda: not Path(f"/proc/{vault}").exists(), 10, "its end")
    with Server(pool=0) as server:
        (vault,) = pids(server)
        assert server.stop() == 0
        assert not Path(f"/proc/{vault}").exists()


def test_lost_memory():
    with Kept() as state:
        serves(state)
        (state / "vault/memory").unlink()
        text = refuses(state)
        assert "--accept-lost-memory" in text, text
        assert "is missing" in text, text
        serves(state, "--accept-lost-memory")
        serves(state)


def test_restored_with_any_owner_and_mode():
    with Kept() as state:
        serves(state)
        for name in ("vault", "api"):
            os.chown(state / name, 0, 0)
            (state / name).chmod(0o777)
        os.chown(state / "vault/memory", 0, 0)
        serves(state)
        for name in ("vault", "api"):
            mode = (state / name).stat().st_mode
            assert mode & 0o7777 == 0o700, (name, oct(mode))


def copied():
    """The line of operations.md that makes a backup."""
    line, = [line for line in (TOP / "docs/operations.md").read_text()
             .splitlines() if line.startswith("    # tar ")]
    return line.removeprefix("    # ")


def uses_secret(state):
    """A session that a binding is granted to begins: its record opens."""
    with Server(pool=0, state=state) as server:
        session = server.run({"code": "pass", "language": "python",
                              "serviceBindings": ["kept"]})
        return session["outcome"], session["reason"]


def test_a_backup_and_the_master_key_apart():
    with Kept() as state, Kept() as backup, Kept() as other:
        with Server(pool=0, state=state) as server:
            reply = server.request("POST", "/v1/service-bindings", {
                "name": "kept", "upstream": "https://a.example.com",
                "injection": {"scheme": "bearer"}, "secret": "s" * 24})
            assert reply.status == 201, reply.body
        command = copied().replace("/var/lib/enclave", str(state)).replace(
            "/backup/enclave-$(date +%F)", str(backup))
        subprocess.run(command, shell=True, check=True)
        subprocess.run(["tar", "-C", str(other), "-xf", str(
            backup / "state.tar")], check=True)
        assert not (other / "vault-key").exists()
        assert "vault-key is missing" in refuses(other)
        shutil.copy2(state / "vault-key", other)
        assert uses_secret(other) == ("succeeded", None)
        # The database alone has the bindings, and can't open them.
        for one in ("vault", "vault-key", "vault-known"):
            path = other / one
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        outcome, reason = uses_secret(other)
        assert outcome == "failed" and "docs/vault.md" in reason["message"], (
            outcome, reason)


def test_damaged_memory():
    with Kept() as state:
        serves(state)
        with open(state / "vault/memory", "r+b") as file:
            file.seek(100)
            (byte,) = file.read(1)
            file.seek(100)
            file.write(bytes([byte ^ 1]))
        assert "damaged" in refuses(state)
        assert "damaged" in refuses(state, "--accept-lost-memory")


def test_lost_key():
    with Kept() as state:
        serves(state)
        key = (state / "vault-key").read_text()
        (state / "vault-key").unlink()
        assert "vault-key is missing" in refuses(state)
        assert not (state / "vault-key").exists()
        (state / "vault-key").write_text("f" * 64 + "\n")
        (state / "vault-key").chmod(0o600)
        assert "another master key" in refuses(state)
        # A new key in front of the old one; then the new one alone.
        (state / "vault-key").write_text("f" * 64 + "\n" + key)
        serves(state)
        (state / "vault-key").write_text("f" * 64 + "\n")
        serves(state)
        (state / "vault-key").chmod(0o640)
        assert "can be read by others" in refuses(state)


def test_a_command_has_the_key():
    option = "--master-key-command"
    with Kept() as state:
        serves(state, option, "printf %064d 7")
        assert not (state / "vault-key").exists()
        serves(state, option, "printf %064d 7")
        assert "exit status 3" in refuses(state, option,
                                          "printf %064d 7; exit 3")
        assert "another master key" in refuses(state, option, "printf %064d 8")

