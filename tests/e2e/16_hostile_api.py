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
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from build_tree import only_builder
from enclave_test import BIN, TOP, Server, free_port, wait_until
from facts import groups_of, instance_of
from pace import paced

LIB = TOP / "tests/lib"
ASAN = TOP / "build/asan"
WAITING_MAX = 4096  # reports in the launcher's queue (launcher.c)
TAGGED_BYTES = 16   # sizeof(struct enc_launch_tagged)


def compiled(name, folder, *options):
    """tests/lib/<name>.c as a program that needs no shared library."""
    target = Path(folder) / name
    subprocess.run(["cc", "-static", "-O1", "-D_GNU_SOURCE",
                    *(f"-I{TOP}/src/{room}"
                      for room in ("launch", "model", "base")),
                    *options, "-o", target, LIB / f"{name}.c",
                    *(TOP / f"build/release/lib{room}.a"
                      for room in ("model", "base"))], check=True)
    return target


class Programs:
    """A folder that every user can read, for programs of a test."""

    def __enter__(self):
        self.path = Path(tempfile.mkdtemp(prefix="enclave-bin-"))
        self.path.chmod(0o755)
        return self.path

    def __exit__(self, *_):
        shutil.rmtree(self.path, ignore_errors=True)


def told(api, what):
    """A copy of the program that does @what; it gets no words of ours."""
    if what is None:
        return api
    empty = b"WHAT=quiet" + bytes(54)
    image = Path(api).read_bytes()
    assert image.count(empty) == 1
    copy = Path(f"{api}-{what}")
    if not copy.exists():
        copy.write_bytes(image.replace(
            empty, b"WHAT=" + what.encode().ljust(59, b"\0")))
        copy.chmod(0o755)
    return copy


class Hostile(Server):
    """A server with a hostile program in enclave-api's place."""

    def __init__(self, api, what, backend="simulator", bins=None):
        super().__init__(backend=backend, pool=0,
                         extra=["--api", str(told(api, what))],
                         listen=f"127.0.0.1:{free_port()}")
        self.bins = bins
        self.env = {"ASAN_OPTIONS": "detect_leaks=0"}

    def said(self, text, times=1):
        return self.log.read_text().count(text) >= times

    def __exit__(self, *_):
        # It has no handler for SIGTERM: the second one doesn't wait for it.
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            wait_until(lambda: self.said("draining"), 20, "draining")
        super().__exit__()


def asan_programs(folder):
    """enclaved with sanitizers; the others, some of them static, without."""
    with only_builder(ASAN):
        if not (ASAN / "build.ninja").exists():
            subprocess.run(["meson", "setup", "-Dasan=true", ASAN], cwd=TOP,
                           check=True)
        subprocess.run(["ninja", "-C", ASAN, "src/bin/enclaved"], check=True)
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
    """The only sandbox's directories that keep it from being removed."""
    groups = groups_of(instance)
    assert len({path.name for path in groups}) == 1, groups
    return [path for path in groups if "memory" in str(path)] or groups


def test_a_lost_channel_frees_nothing_that_is_in_use():
    """T7: the channel ends inside a walk over the sandboxes."""
    fill = room_of_a_channel() + WAITING_MAX
    with Programs() as folder:
        asan_programs(folder)
        api = compiled("api_fill", folder, f"-DFILL={fill}")
        with Hostile(api, None, "native", folder) as server:
            fill_and_lose(server)


def fill_and_lose(server):
    def said(text, times=1):
        found = server.log.read_text()
        assert "AddressSanitizer" not in found, found[-6000:]
        assert "runtime error" not in found, found[-6000:]
        return found.count(text) >= times
    wait_until(lambda: said("fill: first"), 60, "a sandbox")
    held = [path / "held" for path in holdable(instance_of(server))]
    assert held
    for path in held:
        path.mkdir()
    try:
        os.kill(next(pid for pid, name in server.children().items()
                     if name not in ("enclaved", "enclave-janitor",
                                     "enclave-gate", "enclave-init",
                                     "enclave-vault")),
                signal.SIGUSR1)
        wait_until(lambda: said("fill: full"), 60, "a full queue")
    finally:
        for path in held:
            path.rmdir()
    wait_until(lambda: said("it doesn't read"), 30, "the channel's end")
    wait_until(lambda: said("enclave-api started", 2), 30, "the next one")
    assert server.process.poll() is None


def test_one_that_always_exits_is_given_up():
    """Five times early: then the server says so, and ends with 70."""
    with Programs() as folder:
        program = folder / "exits"
        subprocess.run(["cc", "-static", "-x", "c", "-o", program, "-"],
                       input=b"int main(void) { return 3; }", check=True)
        server = Server(backend="simulator", extra=["--api", str(program)])
        try:
            server.start()
            raise AssertionError("it serves")
        except RuntimeError:
            pass
        assert server.process.wait(paced(20)) == 70
        server.process = None
        text = server.log.read_text()
        server.__exit__()
    assert text.count("enclave-api ended: exit code 3") == 5, text
    assert "enclave-api ends again and again" in text, text


# ---- what it can reach ----

# Calls of tests/lib/api_reach.c that end it, one server each.
FATAL = ["loopback", "metadata", "anywhere", "udp", "tcp6", "vsock", "alg",
         "netlink", "packet", "abstract", "bus", "socketpair", "dissolve",
         "bind", "fork", "execve", "memfd", "ptrace", "kill-parent",
         "kill-all", "kill-other", "pidfd-other", "read-other", "userns",
         "netns", "mountns", "setns", "mount", "open_tree", "keyctl",
         "userfaultfd", "perf", "bpf", "seccomp", "setresuid"]


class Neighbours:
    """What a hostile api could reach: a service, a socket, another server."""

    def __enter__(self):
        self.service = socket.create_server(("127.0.0.1", 0))
        self.name = f"enclave-test-{os.getpid()}"
        self.abstract = socket.socket(socket.AF_UNIX)
        self.abstract.bind("\0" + self.name)
        self.abstract.listen()
        self.server = Server(backend="simulator", pool=0).start()
        self.api = pid_of_api(self.server)
        return self

    def __exit__(self, *_):
        self.server.__exit__()
        self.service.close()
        self.abstract.close()

    def options(self):
        return [f"-DPORT={self.service.getsockname()[1]}",
                f"-DOTHER_PID={self.api}", f'-DABSTRACT="{self.name}"',
                f'-DOTHER_STORE="{self.server.state}/api/enclave.db"']


def pid_of_api(server):
    return next(pid for pid, name in server.children().items()
                if name == "enclave-api")


def survivors(server):
    """The server still serves, and what it protects is as it was."""
    assert server.process.poll() is None
    text = server.log.read_text()
    assert "HELD" not in text, [line for line in text.splitlines()
                                if line.startswith("HELD")]
    assert "what is that?" not in text


def quietly(api, backend):
    with Hostile(api, "quiet", backend) as server:
        wait_until(lambda: server.said("done") or server.said("ended"), 30,
                   "all tries")
        assert server.said("done"), server.log.read_text()[-3000:]
        survivors(server)


def fatally(api, what):
    with Hostile(api, what) as server:
        wait_until(lambda: server.said("enclave-api ended") or
                   server.said("done"), 30, what)
        survivors(server)
        assert server.said("enclave-api ended: signal 31"), [
            line for line in server.log.read_text().splitlines()
            if "enclave-api" in line]
        assert server.said("as if it had been taken over")
        wait_until(lambda: server.said("enclave-api started", 2), 30,
                   "the next one")


def test_it_reaches_nothing():
    """T9: no host file, process, service, namespace, code of its own."""
    with Programs() as folder, Neighbours() as neighbours:
        api = compiled("api_reach", folder, *neighbours.options())
        for backend in ("simulator", "native"):
            quietly(api, backend)

        # All before a thread starts a server: its child would hold a copy
        # that is being written, which then can't be run (ETXTBSY).
        for what in FATAL:
            told(api, what)

        def one(what):
            try:
                fatally(api, what)
            except (AssertionError, TimeoutError) as error:
                return what, repr(error)[:1500]
            return None
        with ThreadPoolExecutor(4) as pool:
            failed = [found for found in pool.map(one, FATAL) if found]
        assert not failed, failed
        neighbours.service.settimeout(0)
        for listener in (neighbours.service, neighbours.abstract):
            listener.settimeout(0)
            try:
                listener.accept()
                raise AssertionError("somebody connected")
            except BlockingIOError:
                pass
        assert neighbours.server.request("GET", "/v1/healthz").status == 200


def test_its_words_break_nothing():
    """Requests in any order, then nonsense, against enclaved under ASAN."""
    with Programs() as folder, Neighbours() as neighbours:
        asan_programs(folder)
        api = compiled("api_reach", folder, *neighbours.options())
        with Hostile(api, "malformed", "native", folder) as server:
            wait_until(lambda: server.said("enclave-api started", 8) or
                       server.said("AddressSanitizer"), 120, "eight lives")
            text = server.log.read_text()
            assert "AddressSanitizer" not in text, text[-6000:]
            assert "runtime error" not in text, text[-6000:]
            survivors(server)


# ---- what is its own ----

def status_of(pid):
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return dict(line.split(":\t", 1) for line in lines if ":\t" in line)


def test_each_instance_has_an_id_and_namespaces_of_its_own():
    kinds = ("cgroup", "ipc", "mnt", "net", "pid", "uts")
    here = {kind: os.readlink(f"/proc/self/ns/{kind}") for kind in kinds}
    with Server(backend="simulator") as one, Server(pool=0) as other:
        found = []
        for server in (one, other):
            pid = pid_of_api(server)
            status = status_of(pid)
            assert status["Seccomp"] == "2", status
            assert status["NoNewPrivs"] == "1"
            assert status["CapEff"] == "0" * 16
            uids = set(status["Uid"].split())
            assert len(uids) == 1 and uids == set(status["Gid"].split())
            assert status["Groups"].strip() == ""
            spaces = {kind: os.readlink(f"/proc/{pid}/ns/{kind}")
                      for kind in kinds}
            assert not set(spaces.values()) & set(here.values()), spaces
            owner = os.stat(server.state / "api")
            assert {str(owner.st_uid)} == uids, (owner, uids)
            assert owner.st_mode & 0o777 == 0o700
            assert os.listdir(f"/proc/{pid}/root") != os.listdir("/")
            found.append((uids.pop(), spaces))
        (uid1, spaces1), (uid2, spaces2) = found
        assert uid1 != uid2
        assert not set(spaces1.values()) & set(spaces2.values())


def test_a_store_changes_its_owner_and_nothing_else_does():
    """A store of another build's, with what a hostile api could have left."""
    old = 0x5ffffffe
    state = Path(tempfile.mkdtemp(prefix="enclave-test-"))
    outside = Path(tempfile.mkdtemp(prefix="enclave-test-"))
    try:
        with Server(backend="simulator", state=str(state)) as server:
            session = server.run({"language": "python", "code": "1"})
        for path in [state / "api", *(state / "api").iterdir()]:
            os.chown(path, old, old)
        (outside / "linked").write_text("not its own")
        (outside / "named").write_text("not its own")
        (state / "api/linked").symlink_to(outside / "linked")
        os.link(outside / "named", state / "api/named")
        (state / "api/folder").mkdir()
        (state / "api/folder/deep").write_text("x")
        with Server(backend="simulator", state=str(state)) as server:
            again = server.request("GET", f"/v1/sessions/{session['id']}")
            assert again.status == 200, again.body
            assert again.json["outcome"] == session["outcome"]
            uid = os.stat(state / "api").st_uid
            assert uid not in (0, old)
            assert os.stat(state / "api/enclave.db").st_uid == uid
        for path in (outside / "linked", outside / "named",
                     state / "api/folder", state / "api/folder/deep"):
            assert os.stat(path).st_uid == 0, path
    finally:
        shutil.rmtree(state)
        shutil.rmtree(outside)
