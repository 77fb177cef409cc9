"""What a session with an allowlist reaches, and what it doesn't.

Every destination is really there (world.py), those of the deny table too, so
whatever leaves is seen: by the origin, by the name server, and on the wire.
"""

import contextlib
import json
import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from allowlists import (OTHER, REACH, SITE, egress_of, gates, reach, request,
                        sums, told, world_and_server)
from enclave_test import BIN, STORE, Server, need_gvisor, wait_until
from world import HAS_V6, MACHINE_V4, NAME_SERVERS, World
from world_names import LIES, POISON, Name
from world_origins import (deaf, digest_of_source, echo, half_closing, http,
                           resetting, silent, sink, source)


def allowed_and_beside(backend):
    with world_and_server(backend) as (world, server):
        for name in ("api.example.com", "evil.example.com", "a.example.net",
                     "example.net"):
            world.names[name] = Name(a=[SITE])
        world.serve("0.0.0.0", 80, http(b"reached"))
        world.serve("0.0.0.0", 8080, http(b"reached"))
        world.serve("0.0.0.0", 443, http(b"reached"), certificate=[
            "api.example.com", "a.example.net", "evil.example.com"])
        allow = ["api.example.com", "*.Example.NET.:80", OTHER + ":8080"]
        found, events = reach(
            world, server, allow,
            ("tls", "api.example.com", 443, "api.example.com"),
            ("http", "a.example.net", 80, "a.example.net"),
            ("http", OTHER, 8080, "whatever"),
            # beside: another port, name, address; the site by its address
            ("http", "api.example.com", 80, "api.example.com"),
            ("tls", "evil.example.com", 443, "evil.example.com"),
            ("http", "example.net", 80, "example.net"),
            ("tls", SITE, 443, "api.example.com"),
            ("http", SITE, 8080, "x"),
            ("http", OTHER, 80, "x"))
        assert found[:3] == ["HTTP/1.1 200 OK"] * 3, found
        assert found[3] == found[5] == found[8] == "HTTP/1.1 403 Forbidden", (
            found)
        assert found[4] == found[6] == "SSLError", found
        assert found[7] == "ConnectionResetError", found
        assert [len(world.connections(*where)) for where in (
            (SITE, 443), (SITE, 80), (OTHER, 8080))] == [1, 1, 1]
        assert len(world.connections()) == 3, world.connections()
        assert {query.name for query in world.queries} == {
            "api.example.com", "a.example.net"}, world.queries
        only, = told(events, "egress_allowed", host="api.example.com",
                     via="connect")
        assert (only["ip"], only["port"], only["proto"], only["rule"],
                only["count"]) == (SITE, 443, "tcp", "api.example.com", 1), (
            only)
        only, = told(events, "egress_allowed", host="a.example.net",
                     via="connect")
        assert only["rule"] == "*.example.net:80", only
        only, = told(events, "egress_allowed", host=OTHER)
        assert only["rule"] == OTHER + ":8080", only
        denied = told(events, "egress_denied", via="connect")
        assert {(one["host"], one["port"]) for one in denied} == {
            ("api.example.com", 80), ("evil.example.com", 443),
            ("example.net", 80), (SITE, 443), (SITE, 8080), (OTHER, 80)}, (
            denied)
        assert {one["rule"] for one in denied} == {"allowlist"}, denied
        session, = server.request("GET", "/v1/sessions").json["sessions"]
        assert session["egress"] == {"mode": "allowlist", "allow": [
            "api.example.com", "*.example.net:80", OTHER + ":8080"]}, session
        count = sums(server, session["id"])
        assert count == (sum(one["count"] for one in told(
            events, "egress_allowed")), sum(one["count"] for one in told(
                events, "egress_denied"))), (count, events)


def test_allowed_and_beside():
    allowed_and_beside("native")


def test_allowed_and_beside_in_gvisor():
    need_gvisor()
    allowed_and_beside("gvisor")


def test_the_deny_table_wins_over_every_rule():
    """By address, and behind a name: nothing at all is sent there."""
    denied = ["10.1.2.3", "169.254.169.254", "192.168.7.7", "127.0.0.1",
              "100.64.1.1", *(["fd00::7", "::1", "64:ff9b::a01:203"]
                              if HAS_V6 else [])]
    with world_and_server() as (world, server):
        world.serve("0.0.0.0", 8080, http(b"reached"))
        if HAS_V6:
            world.serve("::", 8080, http(b"reached"))
        for index, address in enumerate(denied):
            kind = "aaaa" if ":" in address else "a"
            world.names[f"n{index}.example.com"] = Name(**{kind: [address]})
            world.names[f"m{index}.example.com"] = Name(**{
                "a": [SITE], kind: [*([SITE] if kind == "a" else []),
                                    address]})
        world.names["mapped.example.com"] = Name(aaaa=["::ffff:10.1.2.3"])
        world.names["alias.example.com"] = Name(cname="n0.example.com")
        names = [*(f"{letter}{index}.example.com" for letter in "nm"
                   for index in range(len(denied))), "alias.example.com",
                 *(["mapped.example.com"] if HAS_V6 else [])]
        # The program's own stack refuses its own loopback.
        direct = [one for one in denied if one not in ("127.0.0.1", "::1")]
        found, events = reach(
            world, server, ["0.0.0.0/0", "::/0", "*.example.com:8080"],
            *(("http", host, 8080, "x") for host in [*direct, *names]))
        assert set(found) == {"ConnectionResetError"}, found
        assert not world.connections(), world.connections()
        for address in denied:
            assert not world.packets_to(address), (address, world.packets())
        assert not world.packets_to(SITE), world.packets()
        rules = {one["host"]: one["rule"] for one in told(
            events, "egress_denied", port=8080)}
        assert rules.keys() == {*direct, *names}, rules
        assert all(rule.startswith("deny-table: ")
                   for rule in rules.values()), rules
        one, = told(events, "egress_denied", host="n1.example.com", port=8080)
        assert one["ip"] == "169.254.169.254", one


def test_a_name_that_turns():
    """Each connection is checked anew, by the address that is dialled."""
    def turning(query):
        asked = len([one for one in world.asked(query.name)
                     if one.kind == "A"])
        return Name(a=[SITE if asked <= 1 else "10.1.2.3"], ttl=0)

    code = REACH.replace("for kind", "import time\nfor kind").replace(
        "    try:\n        if kind", "    time.sleep(1.5 * len(found))\n"
        "    try:\n        if kind")
    with world_and_server() as (world, server):
        world.names["turn.example.com"] = turning
        world.serve("0.0.0.0", 8080, http(b"reached"))
        session = server.run(request(
            code, ["turn.example.com:8080"],
            json.dumps([("http", "turn.example.com", 8080, "x")] * 2)))
        assert session["result"]["json"] == [
            "HTTP/1.1 200 OK", "ConnectionResetError"], session
        assert not world.packets_to("10.1.2.3"), world.packets()
        denied, = told(egress_of(server, session["id"]), "egress_denied")
        assert denied["ip"] == "10.1.2.3", denied


def test_the_name_in_the_request():
    """On ports 80 and 443 it has to be the one that was resolved."""
    with world_and_server() as (world, server):
        for name in ("good.example.com", "other.example.com"):
            world.names[name] = Name(a=[SITE])
        world.serve(SITE, 80, http(b"reached"))
        world.serve(SITE, 443, http(b"reached"),
                    certificate=["good.example.com", "other.example.com"])
        host = "good.example.com"
        tries = [
            ("tls", host, 443, host),
            ("tls", host, 443, "other.example.com"),
            ("tls", host, 443, None),
            ("http", host, 443, host),
            ("raw", host, 443, "SSH-2.0-OpenSSH_9\r\n"),
            ("http", host, 80, host),
            ("http", host, 80, "Good.Example.Com:80"),
            ("http", host, 80, "other.example.com"),
            ("http", host, 80, host + ":8080"),
            ("http", host, 80, ""),
            ("raw", host, 80, "GET / HTTP/1.0\r\n\r\n"),
            ("raw", host, 80, f"GET / HTTP/1.1\r\nHost: {host}\r\n"
                              "Host: other.example.com\r\n\r\n"),
            ("raw", host, 80, f"GET http://other.example.com/ HTTP/1.1\r\n"
                              f"Host: {host}\r\n\r\n"),
            ("raw", host, 80, f"CONNECT {host}:80 HTTP/1.1\r\n"
                              f"Host: {host}\r\n\r\n"),
            ("raw", host, 80, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        ]
        found, events = reach(world, server, [host, host + ":80"], *tries)
        fine = [0, 5, 6]
        for index, one in enumerate(found):
            assert (one == "HTTP/1.1 200 OK") == (index in fine), (
                tries[index], one)
        assert len(world.connections()) == len(fine), world.connections()
        denied = told(events, "egress_denied", via="connect")
        assert sum(one["count"] for one in denied) == len(tries) - len(fine)
        assert all(one["rule"].startswith("allowlist: ") for one in denied), (
            denied)


BULK = r"""
import hashlib, json, socket, sys, threading
host, ports, size = sys.argv[1], json.loads(sys.argv[2]), int(sys.argv[3])
def duplex(port, size):
    with socket.create_connection((host, port), 60) as one:
        def send():
            left, block = size, b"enclave" * 9362
            while left > 0:
                one.sendall(block[:left])
                left -= len(block)
            one.shutdown(socket.SHUT_WR)
        thread = threading.Thread(target=send)
        thread.start()
        found, count = hashlib.sha256(), 0
        while data := one.recv(1 << 18):
            found.update(data)
            count += len(data)
        thread.join()
        return [count, found.hexdigest()]
import enclave
enclave.result([duplex(port, sent * size) for port, sent in ports])
"""


def bulk(backend):
    size = (20 << 20) + 7
    with world_and_server(backend) as (world, server):
        ends = [world.serve(SITE, port, answer) for port, answer in (
            (1, sink), (2, source(size)), (3, echo), (4, half_closing))]
        session = server.run(request(
            BULK, [SITE + "/32"], SITE,
            json.dumps([(1, 1), (2, 0), (3, 1), (4, 1)]), str(size)))
        assert session["outcome"] == "succeeded", session
        found = session["result"]["json"]
        into, out, both, half = (end.connections[0].wait() for end in ends)
        assert into.count == size and into.error is None, into
        assert found[1] == [size, digest_of_source(size)], found
        assert out.error is None and out.count == 0, out
        assert found[2] == [size, both.digest], (found, both.count)
        # The program ends while the last bytes are under way. gVisor's own
        # network stack ends with it, so what it has still is lost.
        assert found[3][0] == 0, found
        assert half.count == size if backend == "native" else (
            half.count <= size), half.count


def test_bytes_pass_both_ways():
    bulk("native")


def test_bytes_pass_both_ways_in_gvisor():
    need_gvisor()
    bulk("gvisor")


def test_origins_of_bad_manners():
    """The gate goes on, and says what is wrong where it can."""
    with world_and_server() as (world, server):
        world.names.update({"no.example.com": Name(rcode=3),
                            "sick.example.com": Name(rcode=2),
                            "empty.example.com": Name(),
                            "here.example.com": Name(a=[SITE])})
        world.serve(SITE, 1, resetting(after=10))
        world.serve(SITE, 2, http(b"x" * 1000, cut=10))
        hosts = ["no.example.com", "sick.example.com", "empty.example.com",
                 "here.example.com"]
        allow = [SITE, *(host + ":80" for host in hosts)]
        found, events = reach(
            world, server, allow,
            *(("http", host, 80, host) for host in hosts),
            ("http", SITE, 1, "x"), ("http", SITE, 2, "x"),
            ("http", SITE, 3, "x"), ("http", SITE, 80, "x"))
        assert found[:4] == ["HTTP/1.1 502 Bad Gateway"] * 4, found
        assert found[4] == "ConnectionResetError", found
        assert found[5] == "HTTP/1.1 200 OK", found
        assert found[6] == "ConnectionResetError", found  # nobody listens
        assert found[7] == "HTTP/1.1 502 Bad Gateway", found
        assert not told(events, "egress_denied"), events


def test_name_servers_that_lie():
    with world_and_server() as (world, server):
        world.serve("0.0.0.0", 8080, http(b"reached"))
        world.names.update({
            "cut.example.com": Name(a=[SITE], truncated=True),
            "alias.example.com": Name(cname="real.example.com"),
            "real.example.com": Name(a=[SITE]),
            "many.example.com": Name(a=[f"93.184.216.{n}"
                                        for n in range(1, 100)]),
        })
        names = ["cut.example.com", "alias.example.com", "many.example.com"]
        for lie in LIES:
            name = f"{lie}.lies.example.com"
            world.names[name] = Name(a=[SITE], delay=0.3, lies=(lie,))
            names.append(name)
        found, _ = reach(world, server, ["*.example.com:8080"],
                         *(("http", name, 8080, "x") for name in names))
        assert found[:2] == ["HTTP/1.1 200 OK"] * 2, found
        assert found[2] == "ConnectionResetError", found
        for poison in POISON:
            assert not poison or not world.packets_to(poison), poison
        reached = dict(zip(LIES, found[3:]))
        for lie in ("id", "question", "port", "query"):
            assert reached[lie] == "HTTP/1.1 200 OK", (lie, reached)
        assert {"udp", "tcp"} == {one.transport for one in world.asked(
            "cut.example.com")}, world.queries


def test_name_servers_come_and_go():
    """The first is silent, then resolv.conf names another one."""
    with world_and_server() as (world, server):
        world.serve(SITE, 8080, http(b"reached"))
        world.names["x.example.com"] = Name(a=[SITE])
        one = ("http", "x.example.com", 8080, "x")
        for servers in (["93.184.215.99", NAME_SERVERS[0]],
                        [NAME_SERVERS[2]], [NAME_SERVERS[3]],
                        *([[NAME_SERVERS[1]]] if HAS_V6 else [])):
            world.use_name_servers(*servers)
            found, _ = reach(world, server, ["x.example.com:8080"], one)
            assert found == ["HTTP/1.1 200 OK"], (servers, found)
            assert world.queries[-1].server == servers[-1], world.queries


def test_the_machine_itself_is_out_of_reach():
    """Its own public address is in no table of the gate's."""
    with world_and_server() as (world, server):
        own = world.serve(MACHINE_V4, 8080, http(b"reached"), on_machine=True)
        world.names["self.example.com"] = Name(a=[MACHINE_V4])
        found, _ = reach(world, server,
                         ["self.example.com:8080", MACHINE_V4],
                         ("http", MACHINE_V4, 8080, "x"),
                         ("http", "self.example.com", 8080, "x"))
        assert found == ["ConnectionResetError"] * 2, found
        assert not own.connections, own.connections


def test_internal_networks():
    """Root's configuration lifts the deny table, and allows nothing itself."""
    with world_and_server(extra=["--internal", "10.1.0.0/16,fd00::/64"]) as (
            world, server):
        world.serve("0.0.0.0", 8080, http(b"reached"))
        world.names["in.example.com"] = Name(a=["10.1.2.3"])
        found, events = reach(
            world, server, ["10.1.2.3:8080", "10.2.0.0/16",
                            "in.example.com:8080"],
            ("http", "10.1.2.3", 8080, "x"),
            ("http", "in.example.com", 8080, "x"),
            ("http", "10.1.2.4", 8080, "x"), ("http", "10.2.0.1", 8080, "x"))
        assert found == [*["HTTP/1.1 200 OK"] * 2,
                         *["ConnectionResetError"] * 2], found
        rules = {one["host"]: one["rule"]
                 for one in told(events, "egress_denied")}
        assert rules == {"10.1.2.4": "allowlist",
                         "10.2.0.1": "deny-table: private"}, rules


def test_what_is_no_internal_network():
    for value in ("0.0.0.0/0", "192.0.0.0/2", "127.0.0.0/8",
                  "10.0.0.0/8,fe80::/10", "100.64.0.0/10", "example.com"):
        done = subprocess.run(
            [BIN / "enclaved", "--internal", value, "--listen", "none",
             "--backend", "native", "--environments", STORE, "--socket",
             "/nowhere/s", "--state-dir", "/tmp/enclave-test-no-internal"],
            capture_output=True, text=True, timeout=60)
        assert done.returncode != 0, (value, done)
        assert "internal network" in done.stderr, (value, done)


HOLD = r"""
import socket, sys, time
ends = [socket.create_connection((sys.argv[1], int(port)), 20)
        for port in sys.argv[2:]]
for end in ends:
    end.sendall(b"hello")
    end.recv(100)
print("open", flush=True)
found = []
for end in ends:
    end.settimeout(30)
    try:
        found.append(end.recv(100).decode() or "end")
    except OSError as error:
        found.append(type(error).__name__)
import enclave
enclave.result(found)
"""


def replaced(backend):
    """A replaced allowlist cuts what it allows no longer, and only that."""
    with world_and_server(backend) as (world, server):
        ends = [world.serve(SITE, port, echo) for port in (1, 2)]
        body = request(HOLD, [SITE + ":1", SITE + ":2"], SITE, "1", "2")
        session = server.request("POST", "/v1/sessions", body).json["id"]
        path = f"/v1/sessions/{session}"
        wait_until(lambda: sum(len(end.connections) for end in ends) == 2, 30,
                   "two connections")
        wait_until(lambda: all(end.connections[0].count == 5 for end in ends),
                   30, "two greetings")
        reply = server.request("PATCH", path + "/egress", {
            "mode": "allowlist", "allow": [SITE + ":2"]})
        assert reply.status == 200, reply.body
        assert reply.json["egress"]["allow"] == [SITE + ":2"], reply.json
        wait_until(lambda: ends[0].connections[0].error is not None, 30,
                   "a cut connection")
        ends[1].connections[0].send(b"still here")
        wait_until(lambda: server.request("GET", path).json["phase"] ==
                   "torn_down", 60, "the end")
        found = server.request("GET", path).json
        assert found["result"]["json"] == ["ConnectionResetError",
                                           "still here"], found
        events = egress_of(server, session)
        assert told(events, "flows_cut", count=1), events
        change, = told(events, "egress_replaced")
        assert change["egress"]["allow"] == [SITE + ":2"], change


def test_a_replaced_allowlist_cuts():
    replaced("native")


def test_a_replaced_allowlist_cuts_in_gvisor():
    need_gvisor()
    replaced("gvisor")


def test_a_killed_gate_takes_its_connections():
    """And so does a killed server: nothing leaves afterwards."""
    with world_and_server(pool=0) as (world, server):
        end = world.serve(SITE, 1, echo)
        for victim in ("enclave-gate", "enclaved"):
            before = len(end.connections)
            body = request(HOLD, [SITE], SITE, "1")
            reply = server.request("POST", "/v1/sessions", body)
            assert reply.status == 201, reply.body
            wait_until(lambda: len(end.connections) == before + 1 and
                       end.connections[-1].count == 5, 30, "a connection")
            one = end.connections[-1]
            if victim == "enclaved":
                os.kill(server.process.pid, signal.SIGKILL)
            else:
                for pid, name in gates(server):
                    os.kill(pid, signal.SIGKILL)
            one.wait()
            assert one.count == 5, one


STALL = r"""
import socket, sys, time
end = socket.create_connection((sys.argv[1], int(sys.argv[2])), 20)
end.setblocking(False)
sent = 0
quiet = 0
while quiet < 20:
    try:
        sent += end.send(b"x" * 65536)
        quiet = 0
    except BlockingIOError:
        quiet += 1
        time.sleep(0.05)
import enclave
enclave.result(sent)
"""


def test_one_who_reads_nothing_holds_little():
    with world_and_server() as (world, server):
        world.serve(SITE, 1, deaf)
        session = server.run(request(STALL, [SITE], SITE, "1"))
        assert session["outcome"] == "succeeded", session
        assert session["result"]["json"] < 16 << 20, session["result"]


MANY = r"""
import socket, sys
found, ends = {}, []
for _ in range(int(sys.argv[3])):
    try:
        one = socket.create_connection((sys.argv[1], int(sys.argv[2])), 20)
        one.settimeout(20)
        one.sendall(b"x")
        said = "open" if one.recv(1) == b"x" else "end"
        ends.append(one)
    except OSError as error:
        said = type(error).__name__
    found[said] = found.get(said, 0) + 1
import enclave
enclave.result(found)
"""


def test_connections_have_a_limit():
    with world_and_server() as (world, server):
        end = world.serve(SITE, 1, echo)
        session = server.run(request(MANY, [SITE], SITE, "1", "100"))
        found = session["result"]["json"]
        assert found == {"open": 64, "ConnectionResetError": 36}, found
        assert len(end.connections) == 64
        events = egress_of(server, session["id"])
        denied = told(events, "egress_denied", rule="connections-limit")
        assert sum(one["count"] for one in denied) == 36, events
        assert sum(one["count"] for one in told(
            events, "flows_limited")) == 36, events


LED = r"""
import socket, sys
lead = socket.create_connection((sys.argv[1], 1), 20)
lead.sendall(b"hello")
found = []
for port in (2, 3):
    assert lead.recv(1)
    try:
        with socket.create_connection((sys.argv[1], port), 20) as one:
            one.settimeout(20)
            one.sendall(b"secret")
            found.append(one.recv(100).decode())
    except OSError as error:
        found.append(type(error).__name__)
    lead.sendall(b"%d" % port)
import enclave
enclave.result(found)
"""


def led(server, world):
    """A program that tries another port at each byte from outside."""
    ends = [world.serve(SITE, port, echo) for port in (2, 3)]
    lead = world.serve(SITE, 1, silent)
    session = server.request("POST", "/v1/sessions", request(
        LED, [SITE], SITE)).json["id"]
    wait_until(lambda: lead.connections, 30, "a program that waits")
    return session, lead.connections[0], ends


def test_what_cant_be_recorded_doesnt_leave():
    """The audit log's disk is full: refused, and never passed unrecorded."""
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as on:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m,mode=0700",
                        "none", folder], check=True)
        on.callback(subprocess.run, ["umount", "-l", folder], check=True)
        world = on.enter_context(World())
        server = on.enter_context(Server(backend="native", state=folder,
                                         wrapper=world.inside))
        session, lead, ends = led(server, world)
        lead.send(b"1")
        wait_until(lambda: ends[0].connections, 30, "an allowed connection")
        with contextlib.suppress(OSError), \
                open(Path(folder, "full"), "wb", buffering=0) as full:
            while True:
                full.write(bytes(4096))
        lead.send(b"2")
        path = f"/v1/sessions/{session}"
        lead.wait(60)  # the program or the whole session has ended
        assert not ends[1].connections, ends[1].connections
        assert not any(packet.port == 3 for packet in world.packets())
        Path(folder, "full").unlink()
        wait_until(lambda: server.request("GET", path).json["phase"] ==
                   "torn_down", 60, "its record")


def test_a_stopped_api_stops_new_connections():
    """Nobody records, so nothing new leaves; what is open goes on."""
    with world_and_server() as (world, server):
        session, lead, ends = led(server, world)
        lead.send(b"1")
        wait_until(lambda: ends[0].connections, 30, "an allowed connection")
        api, = (pid for pid, name in server.children().items()
                if name == "enclave-api")
        os.kill(api, signal.SIGSTOP)
        try:
            lead.send(b"2")
            time.sleep(2)
            assert not ends[1].connections, ends[1].connections
            assert not any(packet.port == 3 for packet in world.packets())
        finally:
            os.kill(api, signal.SIGCONT)
        wait_until(lambda: ends[1].connections, 30, "the second connection")
        path = f"/v1/sessions/{session}"
        wait_until(lambda: server.request("GET", path).json["phase"] ==
                   "torn_down", 60, "the end")
        found = server.request("GET", path).json
        assert found["result"]["json"] == ["secret", "secret"], found


def test_each_address_that_is_dialled_is_on_record():
    """The first refuses, so the second one is tried, and has its line."""
    with world_and_server() as (world, server):
        world.names["two.example.com"] = Name(a=["93.184.215.77", SITE])
        world.serve(SITE, 8080, http(b"reached"))
        found, events = reach(world, server, ["two.example.com:8080"],
                              ("http", "two.example.com", 8080, "x"))
        assert found == ["HTTP/1.1 200 OK"], found
        assert {one["ip"] for one in told(
            events, "egress_allowed", via="connect")} == {
                "93.184.215.77", SITE}, events


FILL = r"""
import socket, sys, time
end = socket.create_connection((sys.argv[1], 1), 20)
end.setblocking(False)
while True:
    try:
        end.send(b"x" * 65536)
    except BlockingIOError:
        time.sleep(0.05)
"""


def test_nothing_leaves_after_a_kill():
    """Neither of a killed session, nor of a gate or a server that died."""
    for victim in ("session", "enclave-gate", "enclaved"):
        with world_and_server(pool=0) as (world, server):
            end = world.serve(SITE, 1, slow)
            session = server.request("POST", "/v1/sessions", request(
                FILL, [SITE], SITE)).json["id"]
            wait_until(lambda: end.connections and end.connections[0].count,
                       30, "a connection")
            time.sleep(0.5)
            if victim == "session":
                server.request("DELETE", f"/v1/sessions/{session}")
                wait_until(lambda: server.request(
                    "GET", f"/v1/sessions/{session}").json["phase"] ==
                    "torn_down", 60, "the end")
            elif victim == "enclaved":
                os.kill(server.process.pid, signal.SIGKILL)
                server.process.wait()
            else:
                for pid, _ in gates(server):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.5)
            before = world.packets_to(SITE)
            time.sleep(2)
            assert world.packets_to(SITE) == before, victim


def slow(connection):
    """Reads a little at a time."""
    while connection.read(1024):
        time.sleep(0.02)


ASK_TWICE = r"""
import socket, sys
lead = socket.create_connection((sys.argv[1], 1), 20)
lead.sendall(b"hello")
found = []
for name in sys.argv[2:]:
    assert lead.recv(1)
    try:
        with socket.create_connection((name, 8080), 20) as one:
            one.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            found.append(one.recv(100).decode().split("\r\n")[0])
    except OSError as error:
        found.append(type(error).__name__)
    lead.sendall(b"+")
import enclave
enclave.result(found)
"""


def test_sessions_outlive_a_change_of_name_servers():
    """One hears of it first; the others go on with those that they know."""
    with world_and_server() as (world, server):
        world.serve(SITE, 8080, http(b"reached"))
        lead = world.serve(SITE, 1, silent)
        names = [f"n{index}.example.com" for index in range(2)]
        for name in names:
            world.names[name] = Name(a=[SITE])
        world.use_name_servers(NAME_SERVERS[2])  # a private address
        paths = []
        for _ in range(3):
            paths.append("/v1/sessions/" + server.request(
                "POST", "/v1/sessions", request(
                    ASK_TWICE, [SITE + ":1", "*.example.com:8080"], SITE,
                    *names)).json["id"])
        wait_until(lambda: len(lead.connections) == 3, 30, "three programs")
        for turn in range(2):
            for one in lead.connections:
                before = one.count
                one.send(b"1")
                wait_until(lambda one=one, before=before: one.count > before,
                           30, "a call")
            world.use_name_servers(NAME_SERVERS[0])
        for path in paths:
            wait_until(lambda path=path: server.request("GET", path).json[
                "phase"] == "torn_down", 30, "the end")
            session = server.request("GET", path).json
            assert session["result"]["json"] == ["HTTP/1.1 200 OK"] * 2, (
                session)


def test_what_says_nothing_is_refused_on_record():
    """A connection that ends before its name is known counts as denied."""
    with world_and_server() as (world, server):
        world.names["quiet.example.com"] = Name(a=[SITE])
        world.serve(SITE, 443, echo)
        found, events = reach(
            world, server, ["quiet.example.com"],
            ("raw", "quiet.example.com", 443, ""),
            ("raw", "quiet.example.com", 443, "\x16\x03\x01"))
        assert set(found) <= {"ConnectionResetError", ""}, found
        denied = told(events, "egress_denied", host="quiet.example.com")
        assert sum(one["count"] for one in denied) == 2, events
        assert not told(events, "egress_allowed", via="connect"), events


def test_name_servers_are_none_of_the_programs():
    """The kernel lets the gate ask them; a rule doesn't let a program."""
    with world_and_server() as (world, server):
        own = world.serve(MACHINE_V4, 53, echo, on_machine=True)
        world.use_name_servers(NAME_SERVERS[0], MACHINE_V4)
        found, events = reach(world, server, ["0.0.0.0/0"],
                              ("raw", MACHINE_V4, 53, "x"),
                              ("raw", NAME_SERVERS[0], 53, "x"))
        assert found == ["ConnectionResetError"] * 2, found
        assert {one["rule"] for one in told(
            events, "egress_denied", port=53)} == {"name-server"}, events
        assert not own.connections
