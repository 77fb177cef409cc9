"""What passes through a gate, beside haproxy in TCP mode.

The same client and the same origin for both, a veth pair between client and
proxy and another one between proxy and origin; each round has each subject in
turn. The client of a gate is a program in a sandbox.
"""

import contextlib
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

from enclave_test import Server, has_gvisor
from peers import PROXY, Outside, cpu_of
from table import Figure
from world import World
from world_origins import echo

SITE = "93.184.215.20"
BULK_PORT, ECHO_PORT, DENIED_PORT = 1, 2, 3
BULK_BYTES = 1 << 30
# A session may begin 16,384 connections in 40 s.
CONNECTIONS, REFUSED = 800, 6000
HAPROXY = "haproxy"

# Prints seconds: to fetch it all, then for each of many short connections.
PROGRAM = r"""
import json, socket, sys, time
host, bulk, short, size, count = sys.argv[1], *map(int, sys.argv[2:6])
found = {}
room = bytearray(1 << 20)
with socket.create_connection((host, bulk), 30) as one:
    begin = time.perf_counter()
    got = 0
    while n := one.recv_into(room):
        got += n
    assert got == size, got
    found["bulk"] = time.perf_counter() - begin
begin = time.perf_counter()
for _ in range(count):
    with socket.create_connection((host, short), 30) as one:
        one.sendall(b"x")
        assert one.recv(1) == b"x"
found["short"] = (time.perf_counter() - begin) / count
print(json.dumps(found))
"""

KNOCK = r"""
import json, socket, sys, time
to, count = (sys.argv[1], int(sys.argv[2])), int(sys.argv[3])
begin = time.perf_counter()
for _ in range(count):
    one = socket.socket()
    try:
        one.connect(to)
        one.recv(1)
    except ConnectionResetError:
        pass
    one.close()
print(json.dumps({"knock": (time.perf_counter() - begin) / count}))
"""


def bulk(connection):
    """All of it, from memory, as fast as the kernel sends."""
    block = os.memfd_create("block")
    os.ftruncate(block, 1 << 24)
    left = BULK_BYTES
    while left > 0:
        left -= os.sendfile(connection.end.fileno(), block, 0,
                            min(left, 1 << 24))
    os.close(block)
    connection.end.shutdown(socket.SHUT_WR)
    while connection.end.recv(1 << 16):
        pass


class Proxy:
    """haproxy on the machine, and a client outside of it."""

    def __init__(self, world):
        self.world = world

    def __enter__(self):
        self.client = Outside(self.world)
        config = tempfile.NamedTemporaryFile("w", suffix=".cfg")
        config.write("defaults\n mode tcp\n timeout connect 5s\n"
                     " timeout client 60s\n timeout server 60s\n"
                     "global\n nbthread 1\n maxconn 2000\n")
        for port in (BULK_PORT, ECHO_PORT):
            config.write(f"listen p{port}\n bind {PROXY}:{port}\n"
                         f" server s {SITE}:{port}\n")
        config.flush()
        self.config = config
        self.process = subprocess.Popen(
            [*self.world.inside, HAPROXY, "-db", "-f", config.name])
        time.sleep(0.5)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        self.client.__exit__()

    def once(self):
        before = cpu_of(self.process.pid)
        found = self.client.run("python3", "-c", PROGRAM, PROXY, BULK_PORT,
                                ECHO_PORT, BULK_BYTES, CONNECTIONS)
        return {**json.loads(found),
                "cpu": cpu_of(self.process.pid) - before}


class Gate:
    """A program in a sandbox; the gate's CPU time is read while it lives."""

    def __init__(self, server):
        self.server = server

    def run(self, code, *args):
        seen = {}
        stop = threading.Event()

        def watch():
            while not stop.wait(0.02):
                for pid, name in self.server.children().items():
                    if name == "enclave-gate":
                        with contextlib.suppress(OSError):
                            seen[pid] = cpu_of(pid)

        thread = threading.Thread(target=watch)
        thread.start()
        try:
            session = self.server.run({
                "code": code, "language": "python",
                "args": [str(arg) for arg in args],
                "egress": {"mode": "allowlist", "allow": [
                    f"{SITE}:{BULK_PORT}", f"{SITE}:{ECHO_PORT}"]},
                "limits": {"cpuSeconds": 300, "cpu": 2}})
        finally:
            stop.set()
            thread.join()
        if session["outcome"] != "succeeded":
            raise RuntimeError(f"{session}")
        return {**json.loads(session["result"]["stdout"]),
                "cpu": max(seen.values())}

    def once(self):
        return self.run(PROGRAM, SITE, BULK_PORT, ECHO_PORT, BULK_BYTES,
                        CONNECTIONS)

    def knock(self):
        return self.run(KNOCK, SITE, DENIED_PORT, REFUSED)["knock"]


def measure(rounds):
    rounds = max(3, rounds // 5)
    backends = ["native", *(["gvisor"] if has_gvisor() else [])]
    with World() as world, contextlib.ExitStack() as stack:
        world.serve(SITE, BULK_PORT, bulk)
        world.serve(SITE, ECHO_PORT, echo)
        subjects = {HAPROXY: stack.enter_context(Proxy(world))}
        for backend in backends:
            subjects[backend] = Gate(stack.enter_context(
                Server(backend=backend, wrapper=world.inside)))
        found = {name: [] for name in subjects}
        for number in range(rounds):
            print(f"  round {number + 1} of {rounds}", file=sys.stderr)
            for name, subject in subjects.items():
                found[name].append(subject.once())
        knocks = {name: statistics.median(subjects[name].knock()
                                          for _ in range(rounds))
                  for name in backends}

    def middle(name, what):
        return statistics.median(one[what] for one in found[name])

    figures = []
    for name in backends:
        figures += [
            Figure(f"pass 1 GiB, {name}",
                   BULK_BYTES / middle(name, "bulk") / 1e6, "MB/s", HAPROXY,
                   middle(HAPROXY, "bulk") / middle(name, "bulk"), 0.8, True),
            Figure(f"CPU of the gate for it, {name}", middle(name, "cpu"),
                   "s", HAPROXY,
                   middle(name, "cpu") / middle(HAPROXY, "cpu")),
            Figure(f"connect, byte, close, {name}",
                   middle(name, "short") * 1000, "ms", HAPROXY,
                   middle(name, "short") / middle(HAPROXY, "short")),
            Figure(f"refused connections, {name}", 1 / knocks[name], "/s",
                   target=10000, least=True),
        ]
    return figures
