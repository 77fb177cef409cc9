"""Measures calls of service bindings, beside haproxy and nginx, which add a
credential, too.

The same client, written in C, asks for the same bodies of the same origin. To
compare the proxies alone, it is a process of the machine for each of them,
behind a veth pair: with a gate, in the network of a session that sleeps. Then
it is a program in a sandbox, whose system calls cost more. In each round all
have each load in turn, and ratios are those of rounds.
"""

import base64
import contextlib
import json
import os
import secrets
import statistics
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import peers
from bindings import HOST, SITE, bind
from enclave_test import TOP, Server, Unix, has_gvisor, wait_until
from size import field_kib
from table import Figure
from world import CA_FILE, World
from world_names import Name

BUILT = TOP / "build/release"
SYSTEM_CAS = Path("/etc/ssl/certs/ca-certificates.crt")
HAPROXY, NGINX, GATE = "haproxy", "nginx", "a gate"
NATIVE, GVISOR = "native", "gvisor"
CLEAR, TLS = "http", "TLS"
PORTS = {CLEAR: 8080, TLS: 443}  # of the origin
SIZES = {"100 B": 100, "10 KB": 10_000}
LARGE = 100_000
VALUES = 10
BUSY = 16  # connections
SECONDS = 2
SAMPLE_SECONDS = 0.01

# Becomes the client: it needs no library of the environment.
PROGRAM = r"""
import os, socket, sys
host = os.environ["ENCLAVE_SVC_" + sys.argv[1].upper()][7:]
os.execv("client", ["client", socket.gethostbyname(host), "80", host,
                    *sys.argv[2:]])
"""


# Says where its bindings are, and leaves its network to others.
SLEEPER = r"""
import os, socket, sys, time
print(*(socket.gethostbyname(os.environ["ENCLAVE_SVC_" + name.upper()][7:])
        for name in sys.argv[1:]), flush=True)
time.sleep(3600)
"""


def new_value():
    """A secret that needs no quoting in any configuration."""
    return secrets.token_urlsafe(30)


def text_with(values):
    """100 KB without repetition, with each value once."""
    step = LARGE // len(values)
    return "".join(base64.b64encode(os.urandom(step))[
        :step - len(value)].decode() + value for value in values)


class Origin:
    """bench/origin.c on both ports of the site."""

    def __init__(self, world, text):
        authority = world.trusted()
        identity = authority.make("origin", [
            f"subjectAltName=DNS:{HOST}", "authorityKeyIdentifier=keyid",
            "extendedKeyUsage=serverAuth"], authority.pem)
        self.files = []
        for content in (text, identity):
            file = tempfile.NamedTemporaryFile("w")
            file.write(content)
            file.flush()
            self.files.append(file)
        ends = [world.bound(SITE, port) for port in PORTS.values()]
        for end in ends:
            end.listen(256)
        self.process = subprocess.Popen(
            [BUILT / "bench_origin", *(file.name for file in self.files),
             *(str(end.fileno()) for end in ends)],
            pass_fds=[end.fileno() for end in ends])
        for end in ends:
            end.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        for file in self.files:
            file.close()

    def pin(self, core):
        os.sched_setaffinity(self.process.pid, core)


def measured(said, cpu):
    """A client's figures and the proxy's CPU time, per request."""
    return {"rate": said["requests"] / said["seconds"], "p50": said["p50"],
            "p99": said["p99"], "cpu": cpu / said["requests"] * 1e6,
            "busy": cpu / said["seconds"]}


class Outside:
    """The client on the machine, and a proxy there."""

    def __init__(self, peer, ports):
        self.peer, self.ports = peer, ports

    def once(self, upstream, size, connections, seconds=SECONDS, pinned=False):
        every = os.sched_getaffinity(0)
        one, rest = cores()
        self.peer.pin(one if pinned else every)
        before = self.peer.cpu()
        said = self.peer.outside.run(
            "taskset", "-c", ",".join(map(str, rest if pinned else every)),
            BUILT / "bench_client", peers.PROXY, self.ports[upstream], HOST,
            f"/{size}", connections, seconds)
        return measured(json.loads(said), self.peer.cpu() - before)


def cores():
    """CPUs: one for the proxy, the others for everything else."""
    every = sorted(os.sched_getaffinity(0))
    return {every[-1]}, set(every[:-1]) or set(every)


class Watch:
    """Watches the only gate of a server while it lives."""

    def __init__(self, server, pinned):
        self.server, self.pinned = server, pinned
        self.cpu = 0
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()

    def run(self):
        gate = None
        while gate is None and not self.over.wait(SAMPLE_SECONDS):
            gate = self.find()
        with contextlib.suppress(OSError):
            while gate is not None and not self.over.wait(SAMPLE_SECONDS):
                self.cpu = peers.cpu_of(gate)

    def find(self):
        """Its pid, once it is there, and with it the client to pin."""
        children = self.server.children()
        names = set(children.values())
        if "enclave-gate" not in names or (
                self.pinned and "client" not in names):
            return None
        gate = next(pid for pid, name in children.items()
                    if name == "enclave-gate")
        if self.pinned:
            one, rest = cores()
            for pid in children:
                os.sched_setaffinity(pid, one if pid == gate else rest)
        return gate


class Inside:
    """The client in a sandbox, behind its gate."""

    def __init__(self, server, bindings):
        self.server, self.bindings = server, bindings
        self.file = {"path": "client", "mode": "0755", "contentBase64":
                     base64.b64encode((BUILT / "bench_client").read_bytes())
                     .decode()}

    def request(self, upstream, size, connections, seconds):
        return {"code": PROGRAM, "language": "python", "files": [self.file],
                "args": [str(arg) for arg in (
                    self.bindings[upstream][0], f"/{size}", connections,
                    seconds)],
                "serviceBindings": self.bindings[upstream],
                "limits": {"cpuSeconds": 300, "cpu": 2}}

    def once(self, upstream, size, connections, seconds=SECONDS, pinned=False):
        with Watch(self.server, pinned) as watch:
            session = self.server.run(
                self.request(upstream, size, connections, seconds))
        if session["outcome"] != "succeeded":
            raise RuntimeError(f"{session}")
        return measured(json.loads(session["result"]["stdout"]), watch.cpu)


class Beside:
    """The client on the machine, in the network of a session that sleeps."""

    def __init__(self, server, bindings):
        names = [name for upstream in PORTS for name in bindings[upstream]]
        self.server, self.bindings = server, bindings
        self.session = server.request("POST", "/v1/sessions", {
            "code": SLEEPER, "language": "python", "args": names,
            "serviceBindings": names,
            "limits": {"wallClockSeconds": 3600, "cpuSeconds": 3600}
        }).json["id"]
        self.addresses = dict(zip(names, self.first_line().split()))
        children = server.children()
        self.gate, = (pid for pid, name in children.items()
                      if name == "enclave-gate")
        self.network = next(f"/proc/{pid}/ns/net" for pid, name in
                            children.items() if name == "python3")

    def first_line(self):
        """What the program has printed, as soon as it has."""
        connection = Unix(self.server.socket)
        try:
            connection.request("GET", f"/v1/sessions/{self.session}/stream")
            stream = connection.getresponse()
            while stream.readline().strip() != b"event: stdout":
                pass
            data = stream.readline()
            while not data.startswith(b"data: "):
                data = stream.readline()
            return json.loads(data[6:])["text"]
        finally:
            connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.request("DELETE", f"/v1/sessions/{self.session}")

    def once(self, upstream, size, connections, seconds=SECONDS, pinned=False):
        every = os.sched_getaffinity(0)
        one, rest = cores()
        name, = self.bindings[upstream]
        os.sched_setaffinity(self.gate, one if pinned else every)
        before = peers.cpu_of(self.gate)
        said = subprocess.run(
            ["nsenter", f"--net={self.network}", "taskset", "-c",
             ",".join(map(str, rest if pinned else every)),
             BUILT / "bench_client", self.addresses[name], "80",
             f"{name}.svc.enclave.internal", f"/{size}", str(connections),
             str(seconds)], stdout=subprocess.PIPE, check=True).stdout
        return measured(json.loads(said), peers.cpu_of(self.gate) - before)


class Rounds:
    """The results of each subject under each load, round by round."""

    def __init__(self, subjects):
        self.subjects = subjects
        self.found = {}

    def take(self, load, names, **more):
        for name in names:
            self.found.setdefault((name, load), []).append(
                self.subjects[name].once(*load[:3], **more))

    def middle(self, name, load, what):
        return statistics.median(
            one[what] for one in self.found[name, load])

    def figure(self, label, what, ours, theirs, target=None, unit="us",
               least=False):
        """`ours` and `theirs` are a subject and its load."""
        ratios = [one[what] / other[what] for one, other in zip(
            self.found[ours], self.found[theirs])]
        return Figure(label, self.middle(*ours, what), unit,
                      theirs[0] if ours[0] != theirs[0] else theirs[1][0],
                      statistics.median(ratios), target, least,
                      (min(ratios), max(ratios)))


ALONE = "alone"  # fourth of a load: the proxy has a core for itself
LOADS = [(upstream, size, BUSY) for size in SIZES.values()
         for upstream in PORTS]
MASKED, UNMASKED = (("masked", LARGE, BUSY), ("unmasked", LARGE, BUSY))


def label_of(load):
    size = next(name for name, size in SIZES.items() if size == load[1])
    return f"{size} by {load[0]}"


def start_peers(world, stack, secret):
    outside = stack.enter_context(peers.Outside(world))
    subjects = {}
    for name, make, first in ((HAPROXY, peers.haproxy, 8001),
                              (NGINX, peers.nginx, 8003)):
        ports = {upstream: first + i for i, upstream in enumerate(PORTS)}
        config, command = make([
            {"name": upstream.lower(), "port": ports[upstream],
             "address": SITE, "to": to, "tls": upstream == TLS}
            for upstream, to in PORTS.items()], host=HOST, secret=secret)
        peer = stack.enter_context(
            peers.Peer(world, outside, config, command)).wait_for(first)
        subjects[name] = Outside(peer, ports)
    return subjects


def bind_all(server, values):
    """A binding for each kind of upstream, and ten with ten values each way."""
    clear = f"http://{SITE}:{PORTS[CLEAR]}"
    bind(server, "clear", clear, secret=values[0])
    bind(server, "tls", f"https://{HOST}", secret=values[0])
    for number, value in enumerate(values):
        bind(server, f"masked{number}", clear, secret=value)
        bind(server, f"unmasked{number}", clear, secret=value,
             maskSecret=False)
    return {CLEAR: ["clear"], TLS: ["tls"], **{
        name: [f"{name}{number}" for number in range(len(values))]
        for name in ("masked", "unmasked")}}


def private_mib(pid):
    return (field_kib(pid, "smaps_rollup", "Private_Dirty") +
            field_kib(pid, "smaps_rollup", "Private_Clean")) / 1024


def memory_of(world, ca_file):
    """The memory of a gate, while two of them have calls by TLS."""
    with Server(backend=NATIVE, wrapper=world.inside, pool=0,
                extra=["--ca-file", ca_file]) as server:
        bind(server, "tls", f"https://{HOST}", secret=new_value())
        inside = Inside(server, {TLS: ["tls"]})
        with ThreadPoolExecutor(2) as pool:
            runs = [pool.submit(server.run, inside.request(
                TLS, SIZES["10 KB"], BUSY, 3)) for _ in range(2)]

            def at_work():
                gates = [pid for pid, name in server.children().items()
                         if name == "enclave-gate"]
                return len(gates) == 2 and all(
                    peers.cpu_of(pid) > 0.2 for pid in gates) and gates
            gates = wait_until(at_work, 20, "two gates with calls")
            found = [private_mib(pid) for pid in gates for _ in range(5)]
            for run in runs:
                if run.result()["outcome"] != "succeeded":
                    raise RuntimeError(f"{run.result()}")
    return max(found)


def memory(world):
    """Figures of a gate with one CA, and with all CAs of the system."""
    world.write("all-cas.pem", world.ca + SYSTEM_CAS.read_text())
    return [Figure("a gate's private memory, TLS", memory_of(world, CA_FILE),
                   "MiB", target=3),
            Figure("the same, all CAs of the system",
                   memory_of(world, "/etc/all-cas.pem"), "MiB")]


def figures_of(rounds, backends):
    figures = [Figure(f"{label_of(load)}, {name}: {what}",
                      rounds.middle(name, load, key), unit)
               for load in LOADS for name in (HAPROXY, NGINX)
               for what, key, unit in (("CPU of a call", "cpu", "us"),
                                       ("p50", "p50", "us"),
                                       ("calls", "rate", "1/s"))]
    for name in (GATE, *backends):
        for load in LOADS:
            label = f"{label_of(load)}, {name}"
            ours = (name, load)
            figures += [
                rounds.figure(f"{label}: CPU of a call", "cpu", ours,
                              (HAPROXY, load), 0.9),
                rounds.figure(f"{label}: p50", "p50", ours, (NGINX, load), 1),
                rounds.figure(f"{label}: calls", "rate", ours,
                              (HAPROXY, load), unit="1/s")]
    for name in backends:
        figures.append(rounds.figure(
            f"100 KB, {VALUES} values masked, {name}", "rate", (name, MASKED),
            (name, UNMASKED), 0.85, "1/s", least=True))
    return figures + [
        rounds.figure(f"{label_of(load)}, a core alone", "rate",
                      (GATE, (*load, ALONE)), (HAPROXY, (*load, ALONE)),
                      1.2, "1/s", least=True) for load in LOADS]


def measure(rounds):
    rounds = max(1, rounds // 3)
    backends = [NATIVE, *([GVISOR] if has_gvisor() else [])]
    values = [new_value() for _ in range(VALUES)]
    with World() as world, contextlib.ExitStack() as stack:
        world.names[HOST] = Name(a=[SITE])
        origin = stack.enter_context(Origin(world, text_with(values)))
        subjects = start_peers(world, stack, values[0])
        for name in backends:
            server = stack.enter_context(Server(
                backend=name, wrapper=world.inside, pool=0,
                extra=["--ca-file", CA_FILE]))
            subjects[name] = Inside(server, bind_all(server, values))
        server = stack.enter_context(Server(
            backend=NATIVE, wrapper=world.inside, pool=0,
            extra=["--ca-file", CA_FILE]))
        subjects[GATE] = stack.enter_context(
            Beside(server, bind_all(server, values)))
        found = Rounds(subjects)
        for number in range(rounds):
            print(f"  round {number + 1} of {rounds}", file=sys.stderr)
            for load in LOADS:
                found.take(load, subjects)
                origin.pin(cores()[1])
                found.take((*load, ALONE), (HAPROXY, GATE), pinned=True)
                origin.pin(os.sched_getaffinity(0))
            for load in (MASKED, UNMASKED):
                found.take(load, backends)
        return figures_of(found, backends) + memory(world)
