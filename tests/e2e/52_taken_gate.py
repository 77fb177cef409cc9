"""A gate that was taken over: what it gets, and where that leads.

The gate is the real one, of a real session; a tracer makes it do any system
call. So what holds here holds whatever is wrong in the gate's own code.
"""

import os
import subprocess
import tempfile
from pathlib import Path

from allowlists import SITE, gates, world_and_server
from enclave_test import SKIP, TOP, verify, wait_until
from leftovers import read_text
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
        assert "no answer" not in done.stdout, (
            done.stdout, self.server.log.read_text()[-4000:],
            [(name, read_text(f"/proc/{pid}/stack"))
             for pid, name in self.server.children().items()])
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


def test_one_that_takes_no_answers():
    with tempfile.TemporaryDirectory() as folder, \
            world_and_server(pool=0) as (_, server):
        taken = Taken(server, ALLOWLIST)
        heard, = taken.act(puppet_in(folder), "flood")
        assert 1000 < int(heard) < 3000, heard
        session = taken.end()
        assert session["reason"]["code"] == "backend_error", session
        assert "a gate can't be answered" in server.log.read_text()
        done = server.run({"code": "print(1)", "language": "python"})
        assert done["outcome"] == "succeeded", done


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
            told = taken.act(program, "socket", "connect", address, 80)
            assert told == ["got one", "ECONNREFUSED"], (address, told)
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


CALL, REDACTED = 53, 54


def frame(kind, *parts):
    """Numbers are (value, bytes), texts have their length in front."""
    payload = b"".join(
        one[0].to_bytes(one[1], "big") if isinstance(one, tuple)
        else len(one).to_bytes(2, "big") + one for one in parts)
    return (bytes([kind, 0, 0, 0]) + len(payload).to_bytes(4, "big") +
            payload).hex()


def call_of(reason=0, status=200, count=1, size=1, binding=b"api",
            method=b"GET", path=b"/", more=()):
    return frame(CALL, (reason, 1), (status, 2), (count, 8), (size, 8),
                 binding, method, path, *more)


def test_what_it_says_of_calls():
    """Its own record alone has it, as text; what is malformed ends it."""
    most = 2 ** 64 - 1
    hostile = b"\xff\xfe\r\n\x1b[2J{\"a\":1}\xe2\x80\xa8"
    lies = [
        call_of(count=most, size=most), call_of(count=most, size=most),
        call_of(status=65535, count=0),
        call_of(binding=b"", method=b"", path=b""),
        call_of(binding=b"\x01" * 1024, method=b"\x02" * 32,
                path=b"\x03" * 1024),
        call_of(binding=hostile, method=hostile, path=hostile),
        *(call_of(reason=one, status=0, count=most) for one in range(1, 8)),
        frame(REDACTED, (1, 1), (most, 8), b"another"),
        frame(REDACTED, (5, 1), (0, 8), hostile * 20)]
    malformed = [
        call_of(reason=8), call_of(reason=255), call_of(path=b"a\0b"),
        call_of(path=b"a" * 1025), call_of(binding=b"a" * 1025),
        call_of(method=b"a" * 33), call_of(more=[(0, 1)]),
        frame(CALL), frame(CALL, (0, 1), (1, 2)), frame(REDACTED, (0, 1), (1, 8), b"api"),
        frame(REDACTED, (6, 1), (1, 8), b"api"),
        frame(REDACTED, (1, 1), (1, 8), b"a" * 1025)]
    with tempfile.TemporaryDirectory() as folder, \
            world_and_server(pool=0) as (_, server):
        program = puppet_in(folder)
        taken = Taken(server, DENY_ALL)
        acts = [word for one in lies for word in ("say", one)]
        told = taken.act(program, *acts)
        assert told == [str(len(one) // 2) for one in lies], told
        assert server.request("GET", taken.path).json["phase"] == "running"
        session = taken.kill()
        bundle, events = server.audit(session["id"])
        assert verify(bundle)[0] == 0, bundle
        assert bundle.isascii() and b"\x1b" not in bundle, bundle
        assert len([one for one in events if one["type"] in (
            "binding_invoked", "binding_denied", "secret_redacted")]) == len(
                lies), events
        for one in malformed:
            taken = Taken(server, DENY_ALL)
            taken.act(program, "say", one)
            session = taken.end()
            assert session["reason"]["code"] == "backend_error", (one, session)
        done = server.run({"code": "print(1)", "language": "python"})
        assert done["outcome"] == "succeeded", done
