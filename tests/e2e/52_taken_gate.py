"""A gate that was taken over: what it gets, and where that leads.

The gate is the real one, of a real session; a tracer makes it do any system
call. So what holds here holds whatever is wrong in the gate's own code.
"""

import os
import subprocess
import tempfile
from pathlib import Path

from allowlists import SITE, gates, world_and_server
from enclave_test import SKIP, TOP, wait_until
from world import HAS_V6, MACHINE_V4, MACHINE_V6, NAME_SERVERS
from world_origins import echo, sink

WAIT = "import time\nprint('here', flush=True)\ntime.sleep(60)"


def puppet_in(folder):
    if os.uname().machine != "x86_64":
        raise SystemExit(SKIP)
    program = Path(folder, "gate_puppet")
    subprocess.run(["cc", "-static", "-O1", "-D_GNU_SOURCE",
                    f"-I{TOP}/src/launch", f"-I{TOP}/src/base", "-o", program,
                    TOP / "tests/lib/gate_puppet.c"], check=True)
    return program


class Taken:
    """A session that waits, and its gate."""

    def __init__(self, server, egress):
        reply = server.request("POST", "/v1/sessions", {
            "code": WAIT, "language": "python", "egress": egress})
        assert reply.status == 201, reply.body
        self.server = server
        self.path = "/v1/sessions/" + reply.json["id"]
        wait_until(lambda: server.request("GET", self.path).json["phase"] ==
                   "running", 30, "a running session")
        (self.gate, _), = gates(server)

    def act(self, program, *acts):
        done = subprocess.run([program, str(self.gate), *map(str, acts)],
                              capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done
        return done.stdout.split("\n")[:-1]

    def end(self):
        def ended():
            session = self.server.request("GET", self.path).json
            return session if session["phase"] == "torn_down" else None
        wait_until(ended, 30, "the end")
        return ended()

    def kill(self):
        self.server.request("DELETE", self.path)
        return self.end()


DENY_ALL = {"mode": "deny_all"}
ALLOWLIST = {"mode": "allowlist", "allow": [SITE]}


def test_without_an_allowlist_it_gets_no_socket():
    with tempfile.TemporaryDirectory() as folder, \
            world_and_server(pool=0) as (world, server):
        program = puppet_in(folder)
        before = world.packets()
        taken = Taken(server, DENY_ALL)
        assert taken.act(program, "socket") == ["none"]
        session = taken.end()
        assert session["reason"]["code"] == "backend_error", session
        assert "a gate asked for what it may not have" in \
            server.log.read_text()
        assert world.packets() == before, world.packets()


def test_what_its_filter_doesnt_have_ends_it():
    with tempfile.TemporaryDirectory() as folder, \
            world_and_server(pool=0) as (_, server):
        program = puppet_in(folder)
        for act in ("bind", "listen"):
            taken = Taken(server, ALLOWLIST)
            told = taken.act(program, "socket", act)
            assert told == ["got one", "killed"], told
            session = taken.end()
            assert session["reason"]["code"] == "backend_error", session


def test_where_its_sockets_lead():
    """Past its own rules it may go; past the kernel's table it may not."""
    own = [MACHINE_V4, *([MACHINE_V6] if HAS_V6 else [])]
    denied = ["10.1.2.3", "169.254.169.254", "127.0.0.1", "192.168.7.7",
              *(["fd00::7", "::1", "64:ff9b::a01:203"] if HAS_V6 else [])]
    with tempfile.TemporaryDirectory() as folder, \
            world_and_server(pool=0) as (world, server):
        program = puppet_in(folder)
        world.serve("0.0.0.0", 80, sink)
        world.serve("0.0.0.0", 54, sink)
        if HAS_V6:
            world.serve("::", 80, sink)
        servers = [world.serve(address, 80, echo, on_machine=True)
                   for address in (*own, "127.0.0.1",
                                   *(["::1"] if HAS_V6 else []))]
        taken = Taken(server, ALLOWLIST)
        acts = []
        for address in (SITE, "93.184.216.99", NAME_SERVERS[0]):
            acts += ["socket", "connect", address, 80]
        assert taken.act(program, *acts) == ["got one", "0"] * 3
        # No rule knows the machine's own addresses; the kernel does, and
        # that is no proof against the gate.
        for address in own:
            assert taken.act(program, "socket", "connect", address, 80) == [
                "got one", "ECONNREFUSED"], address
        assert server.request("GET", taken.path).json["phase"] == "running"
        taken.kill()
        for address in denied:
            taken = Taken(server, ALLOWLIST)
            assert taken.act(program, "socket", "connect", address, 80) == [
                "got one", "ECONNREFUSED"], address
            session = taken.end()
            assert session["reason"]["code"] == "backend_error", session
            assert not world.packets_to(address), world.packets()
        # Port 53 of a name server alone is exempt, also where it is denied.
        world.use_name_servers(NAME_SERVERS[2])
        taken = Taken(server, ALLOWLIST)
        assert taken.act(program, "socket", "connect", NAME_SERVERS[2], 53,
                         "socket", "connect", NAME_SERVERS[2], 54) == [
                             "got one", "0", "got one", "ECONNREFUSED"]
        assert taken.end()["reason"]["code"] == "backend_error"
        assert not any(one.connections for one in servers)
