"""What end-to-end tests share: a private server, a client, a look at processes.

Standard library only. Nothing here decides what is right; tests do.
"""

import http.client
import json
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

import contract
from pace import paced, paced_wait

TOP = Path(__file__).resolve().parent.parent.parent
BIN = Path(os.environ.get("ENCLAVE_BIN", TOP / "build/bin"))
STORE = Path(os.environ.get("ENCLAVE_ENVIRONMENTS",
                            "/var/lib/enclave/environments"))
# gVisor's, where enclaved finds it; None where there is none.
RUNSC = next((path for path in (BIN / "runsc", Path("/var/lib/enclave/bin/runsc"),
                                Path(shutil.which("runsc") or "/nowhere"))
              if path.exists()), None)
MUST_RUN = os.environ.get("ENCLAVE_MUST_RUN") == "1"
SKIP, LEFT_OUT = 77, 78
# Where gVisor is hopelessly slow: stories of it are left out, not skipped.
WITHOUT_GVISOR = os.environ.get("ENCLAVE_WITHOUT") == "gvisor"


class LeftOut(unittest.SkipTest):
    """A story that nobody asked for."""


def has_gvisor():
    """Whether there is a runsc where enclaved looks for one."""
    return (Path("/var/lib/enclave/bin/runsc").exists() or
            (BIN / "runsc").exists() or shutil.which("runsc") is not None)


def need_gvisor():
    """A story that can't be told without one is skipped."""
    if WITHOUT_GVISOR:
        raise LeftOut("gvisor is left out")
    if not has_gvisor():
        raise unittest.SkipTest("no runsc (tools/bootstrap gvisor)")


class Unix(http.client.HTTPConnection):
    """http.client over a unix socket."""

    def __init__(self, path, timeout=120):
        super().__init__("enclave", timeout=paced(timeout))
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Reply:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def checked(self, method, target):
        """Itself, held to openapi.json."""
        contract.check(method, target, self.status, self.headers, self.body)
        return self

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def code(self):
        """The error's code, or None."""
        try:
            return self.json.get("error", {}).get("code")
        except (ValueError, AttributeError):
            return None


def wait_until(condition, seconds, what):
    """Poll a condition of the outside world that offers no event.

    A condition that takes long to look at is looked at less often: what is
    waited for needs the CPU, too.
    """
    deadline = time.monotonic() + paced(seconds)
    while True:
        begin = time.monotonic()
        value = condition()
        if value:
            return value
        now = time.monotonic()
        if now > deadline:
            raise TimeoutError(f"{what}: not within {paced(seconds):g} s")
        select.select([], [], [], min(max(0.02, 3 * (now - begin)), 1))


def free_port():
    """One of 127.0.0.1 that nobody has by now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def read_line(fd, seconds):
    """One line from a pipe, with a deadline."""
    line = b""
    deadline = time.monotonic() + paced(seconds)
    while not line.endswith(b"\n"):
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([fd], [], [], left)[0]:
            raise TimeoutError("the server didn't become ready")
        byte = os.read(fd, 1)
        if not byte:
            raise RuntimeError("the server ended before it was ready")
        line += byte
    return line.decode().strip()


class Server:
    """A private enclaved in a temporary state directory."""

    def __init__(self, backend=None, listen=None, state=None, extra=(),
                 pool=None, store=None, wrapper=(), as_user=None, files=None):
        self.state = Path(state or tempfile.mkdtemp(prefix="enclave-test-"))
        self.keep_state = state is not None
        self.socket = self.state / "s"
        self.log = self.state / "log"
        self.backend = backend or os.environ.get("ENCLAVE_BACKEND", "native")
        self.listen = listen
        self.extra = [*(["--pool", str(pool)] if pool is not None else []),
                      *extra]
        self.store = store or STORE
        self.wrapper = list(wrapper)  # what enclaved is started by
        self.as_user = as_user  # a uid instead of root
        if files is not None:   # descriptors that each process may have
            self.wrapper += ["prlimit", f"--nofile={files}", "--"]
        self.bins = None
        self.env = {}  # beside the test's own, for enclaved
        self.log_fd = None  # instead of the file
        self.process = None
        self.client = None

    def prepare_user(self):
        """Programs and state where another user finds them."""
        self.bins = Path(tempfile.mkdtemp(prefix="enclave-bin-"))
        self.bins.chmod(0o755)
        for program in BIN.iterdir():
            shutil.copy2(program, self.bins / program.name)
        os.chown(self.state, self.as_user, self.as_user)
        return {"user": self.as_user, "group": self.as_user,
                "extra_groups": []}

    def start(self, seconds=20):
        ready, told = os.pipe()
        user = {} if self.as_user is None else self.prepare_user()
        command = [*self.wrapper, str((self.bins or BIN) / "enclaved"),
                   "--state-dir", str(self.state),
                   "--socket", str(self.socket),
                   "--environments", str(self.store),
                   "--backend", self.backend, "--ready-fd", str(told),
                   *(["--listen", self.listen] if self.listen
                     else ["--listen", "none"]), *self.extra]
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(command, pass_fds=[told],
                                            stdin=subprocess.DEVNULL,
                                            stdout=self.log_fd or log,
                                            stderr=self.log_fd or log,
                                            env={**os.environ, **self.env},
                                            **user)
        os.close(told)
        try:
            read_line(ready, seconds)
        except (RuntimeError, TimeoutError):
            print(self.log.read_text()[-3000:])
            raise
        finally:
            os.close(ready)
        return self

    def stop(self, how=signal.SIGTERM, seconds=40):
        """Ends the server; returns its exit code (negative: a signal)."""
        code = None
        if self.process is not None:
            if self.process.poll() is None:
                self.process.send_signal(how)
            code = self.process.wait(paced(seconds))
            self.process = None
        return code

    def crash(self):
        """Ends it as a power cut does.

        When enclaved alone is killed, enclave-api may end cleanly before its
        own signal comes, and so leave a store without a log.
        """
        api, = [pid for pid, name in self.children().items()
                if name == "enclave-api"]
        self.process.send_signal(signal.SIGSTOP)
        os.kill(api, signal.SIGKILL)
        self.stop(signal.SIGKILL)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop(signal.SIGHUP)  # there is no client to wait for
        if self.bins is not None:
            shutil.rmtree(self.bins, ignore_errors=True)
        if not self.keep_state:
            shutil.rmtree(self.state, ignore_errors=True)

    def request(self, method, path, body=None, headers=None, timeout=320):
        connection = Unix(self.socket, timeout)
        headers = dict(headers or {})
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body)
            headers.setdefault("Content-Type", "application/json")
        try:
            connection.request(method, path, body=body, headers=headers)
            answer = connection.getresponse()
            return Reply(answer.status, answer.headers, answer.read()
                         ).checked(method, path)
        finally:
            connection.close()

    def run(self, request, wait="60s"):
        """Runs a session to its end; returns the ended session."""
        reply = self.request("POST", f"/v1/sessions?wait={paced_wait(wait)}",
                             request)
        if reply.status != 201:
            raise AssertionError(f"POST /sessions: {reply.status} "
                                 f"{reply.body[:300]!r}")
        return reply.json

    def audit(self, session_id):
        """The events of a session as a list of dicts."""
        reply = self.request(
            "GET", f"/v1/sessions/{session_id}/audit?format=bundle")
        assert reply.status == 200, reply.body
        return reply.body, [json.loads(line) for line in
                            reply.body.splitlines()[1:]]

    def pools(self):
        """{(environment, language, backend): {size, waiting, taken, missed}}"""
        found = {}
        text = self.request("GET", "/v1/metrics").body.decode()
        for name, *shelf, value in re.findall(
                r'^enclave_pool_(\w+?)(?:_total)?{environment="([^"]*)",'
                r'language="([^"]*)",backend="([^"]*)"} (\d+)$', text, re.M):
            found.setdefault(tuple(shelf), {})[name] = int(value)
        return found

    def wait_for_pools(self, seconds=30):
        """Until every shelf is full, or is filled no more."""
        wait_until(lambda: all(p["waiting"] >= p["size"]
                               for p in self.pools().values()),
                   seconds, "full pools")

    def children(self):
        """Pids of the server and of everything below it, with names."""
        return descendants(self.process.pid)


def stat_of(pid):
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    name = text[text.index("(") + 1:text.rindex(")")]
    fields = text[text.rindex(")") + 2:].split()
    return name, fields[0], int(fields[1])


def descendants(root):
    parents, names = {}, {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            stat = stat_of(int(entry))
            if stat and stat[1] != "Z":
                parents[int(entry)], names[int(entry)] = stat[2], stat[0]
    found, todo = {}, [root]
    while todo:
        pid = todo.pop()
        if pid in names and pid not in found:
            found[pid] = names[pid]
            todo += [p for p, parent in parents.items() if parent == pid]
    return found


def verify(bundle):
    """(exit code, text) of the offline verifier over a bundle."""
    done = subprocess.run([str(BIN / "enclave"), "audit", "verify", "-"],
                          input=bundle, capture_output=True)
    return done.returncode, (done.stdout + done.stderr).decode()


def header(text):
    """The facts at the top of a case: {key: [values]}.

    `key: value` pairs in comment lines, three spaces apart, up to the first
    line that is neither.
    """
    facts = {}
    for line in text.splitlines():
        line = line.strip()
        if line in ("/*", "*/", ""):
            continue
        match = re.match(r"(#|//|\*)\s?(.*)$", line)
        if match is None:
            break
        for part in re.split(r"\s{3,}", match.group(2)):
            pair = re.match(r"([a-z-]+(?:@[a-z]+)?): (.*)$", part.strip())
            if pair:
                facts.setdefault(pair.group(1), []).append(pair.group(2))
    return facts
