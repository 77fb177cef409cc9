"""The small Internet that tests of egress need, tried from both its ends.

What it has is reached by whoever may; a program that may not reaches nothing,
and no packet of it leaves.
"""

import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from enclave_test import BIN, Server, need_gvisor, wait_until
from leftovers import read_link, read_text
from pace import paced
from world import (CA_FILE, HAS_V6, MACHINE_V4, NAME_SERVERS, WORLD_V4,
                   World)
from world_names import LIES, POISON, Name
from world_origins import (deaf, digest_of_source, echo, endless,
                           half_closing, http, http_endless, http_raw,
                           resetting, silent, sink, source)

SITE_V4, SITE_V6 = "93.184.215.20", "2606:2800:21f:cb07::20"
DENIED = ["10.1.2.3", "169.254.169.254", "192.168.7.7", "100.64.1.1",
          "198.51.100.9", *(["fd00::7", "64:ff9b::a01:203",
                             "2001:db8::1"] if HAS_V6 else [])]

# Prints what each URL says, by the machine's own names and CA.
FETCH = """
import json, ssl, sys, urllib.request
context = ssl.create_default_context(cafile=sys.argv[1])
for url in sys.argv[2:]:
    with urllib.request.urlopen(url, timeout=20, context=context) as answer:
        print(json.dumps(json.load(answer)))
"""

# Anywhere: what a request to each host comes to.
REACH = """
import json, socket, sys
found = {}
for host in sys.argv[1:]:
    try:
        with socket.create_connection((host, 80), 10) as one:
            one.sendall(b"GET / HTTP/1.0\\r\\n\\r\\n")
            found[host] = one.recv(100).decode("latin-1")
    except OSError as error:
        found[host] = type(error).__name__
print(json.dumps(found))
"""

DUPLEX = """
import hashlib, socket, sys
size = int(sys.argv[3])
with socket.create_connection((sys.argv[1], int(sys.argv[2])), 60) as one:
    block = b"enclave" * 9362
    while size > 0:
        one.sendall(block[:size])
        size -= len(block)
    one.shutdown(socket.SHUT_WR)
    found = hashlib.sha256()
    count, last = 0, b""
    while data := one.recv(1 << 18):
        found.update(data)
        count += len(data)
        last = data
print(count, found.hexdigest(), last[-100:].hex())
"""

LOOK_UP = """
import socket, sys
for name in sys.argv[1:]:
    try:
        print(*sorted({i[4][0] for i in socket.getaddrinfo(name, 80)}))
    except OSError as error:
        print(type(error).__name__)
"""


def on_machine(world, program, *arguments):
    """What a Python program on the machine prints, line by line."""
    done = world.run(sys.executable, "-c", program, *arguments)
    assert done.returncode == 0, done
    return done.stdout.decode().splitlines()


def test_the_machine_reaches_the_world():
    with World() as world:
        world.names["api.example.com"] = Name(a=[SITE_V4])
        world.names["six.example.com"] = Name(aaaa=[SITE_V6])
        urls = ["http://api.example.com/a", f"http://{SITE_V4}/b",
                "https://api.example.com/c"]
        world.serve(SITE_V4, 80, http())
        world.serve(SITE_V4, 443, http(), certificate=["api.example.com"])
        if HAS_V6:
            urls += ["http://six.example.com/d"]
            world.serve(SITE_V6, 80, http())
        found = [json.loads(line) for line in
                 on_machine(world, FETCH, CA_FILE, *urls)]
        assert [one["target"] for one in found] == [
            "/a", "/b", "/c", "/d"][:len(urls)], found
        assert found[0]["client"] == MACHINE_V4, found
        assert found[2]["name"] == "api.example.com", found
        one, = world.connections(SITE_V4, 443)
        assert b"api.example.com" in one.hello and one.hello[0] == 22, one
        assert one.received.startswith(b"GET /c HTTP/1.1\r\n"), one.received
        plain = world.connections(SITE_V4, 80)
        assert [one.wait().error for one in plain] == [None, None]
        assert bytes(plain[1].received).startswith(b"GET /b "), plain
        kinds = {query.kind for query in world.asked("API.example.com")}
        assert "A" in kinds and kinds <= {"A", "AAAA"}, world.queries
        assert not world.asked("other.example.com"), world.queries
        # What is denied is there, and the capture sees who goes there.
        assert not any(map(world.packets_to, DENIED)), world.packets()
        for address in ("0.0.0.0", *(["::"] if HAS_V6 else [])):
            world.serve(address, 80, http(b"metadata"))
        answers, = on_machine(world, REACH, *DENIED)
        for host, answer in json.loads(answers).items():
            assert answer.startswith("HTTP/1.1 200"), (host, answer)
            assert world.packets_to(host) >= 3, (host, world.packets())
            assert len(world.connections(host, 80)) == 1, host
        assert {p.protocol for p in world.packets()} == {"tcp", "udp"}


def test_bytes_in_both_directions_and_one_at_a_time():
    size = (20 << 20) + 7
    with World() as world:
        ports = {port: world.serve(SITE_V4, port, answer) for port, answer in (
            (1, sink), (2, source(size)), (3, echo), (4, half_closing),
            (5, resetting(after=1000)))}
        def duplex(port, sent):
            line, = on_machine(world, DUPLEX, SITE_V4, port, sent)
            count, digest, last = line.split(" ")
            return (int(count), digest, bytes.fromhex(last),
                    ports[port].connections[-1].wait())
        _, _, said, one = duplex(1, size)
        assert said.decode() == f"{size} {one.digest}\n", said
        assert one.count == size and one.error is None, one.error
        count, digest, _, one = duplex(2, 0)
        assert (count, digest) == (size, digest_of_source(size)), count
        assert one.count == 0 and one.error is None, one.error
        count, digest, _, one = duplex(3, 50000)
        assert (count, digest) == (50000, one.digest), one.count
        count, _, _, one = duplex(4, 5000)
        assert (count, one.count) == (0, 5000), (count, one.count)
        reset = world.run(sys.executable, "-c", DUPLEX, SITE_V4, 5, 1 << 20)
        assert (b"ConnectionResetError" in reset.stderr or
                b"BrokenPipeError" in reset.stderr), reset


MANNERS = """
import json, sys, urllib.request
for url in sys.argv[1:]:
    try:
        with urllib.request.urlopen(url, timeout=20) as answer:
            count = 0
            while count < 1 << 20 and (data := answer.read1()):
                count += len(data)
            print(answer.status, count)
    except Exception as error:
        print(type(error).__name__)
"""


def test_origins_of_bad_manners():
    with World() as world:
        for port, answer, said in (
                (1, http(b"x" * 1000, pieces=5, pause=0.01), "200 1000"),
                (2, http(b"x" * 1000, delay=0.01, cut=10), "200 10"),
                (3, http(b"", status="503 Busy", close=True), "HTTPError"),
                (4, http_raw(b"HTTP/1.1 200\r\n\x00: \r\r\n"), None),
                (5, resetting(after=10), "ConnectionResetError"),
                (6, half_closing, "RemoteDisconnected"),
                (7, endless, "BadStatusLine")):
            one = world.serve(SITE_V4, port, answer)
            line, = on_machine(world, MANNERS, f"http://{SITE_V4}:{port}/")
            assert said in (None, line), (port, line)
            assert len(one.connections) == 1, port
        world.serve(SITE_V4, 8, http_endless)
        line, = on_machine(world, MANNERS, f"http://{SITE_V4}:8/")
        status, count = map(int, line.split())
        assert status == 200 and count >= 1 << 20, line
        # A client that doesn't trust the CA is on record, too.
        one = world.serve(SITE_V4, 443, http(), certificate=["a.example"])
        line, = on_machine(world, MANNERS, f"https://{SITE_V4}/")
        assert line == "URLError", line
        assert isinstance(one.connections[0].wait().error, ssl.SSLError)
        own = world.serve("127.0.0.1", 80, http(), on_machine=True)
        on_machine(world, MANNERS, "http://localhost/")
        assert own.connections[0].wait().received, own
        # Those who never end don't keep the world.
        for port, answer in ((9, silent), (10, deaf)):
            world.serve(SITE_V4, port, answer)
            end = world.new_socket(socket.AF_INET, socket.SOCK_STREAM,
                                   world.machine)
            end.connect((SITE_V4, port))
            wait_until(lambda port=port: world.connections(SITE_V4, port), 20,
                       "a connection")
        begin = time.monotonic()
    assert time.monotonic() - begin < paced(4)


def test_a_name_server_that_lies():
    many = [f"93.184.216.{n}" for n in range(1, 100)]
    with World() as world:
        world.names.update({
            "long.example": Name(a=many),
            "cut.example": Name(a=[SITE_V4], truncated=True),
            "alias.example": Name(cname="long.example"),
            "late.example": Name(a=[SITE_V4], delay=0.2, lies=("id",)),
            "bad.example": Name(rcode=2),
            "turning.example": lambda query: Name(
                a=[many[len(world.asked("turning.example"))]]),
        })
        world.use_name_servers(NAME_SERVERS[0])
        found = on_machine(world, LOOK_UP, "long.example", "cut.example",
                           "alias.example", "late.example", "bad.example",
                           "none.example")
        assert found == [" ".join(sorted(many)), SITE_V4,
                         " ".join(sorted(many)), SITE_V4,
                         "gaierror", "gaierror"], found
        for name in ("long.example", "cut.example"):
            assert {"udp", "tcp"} == {
                one.transport for one in world.asked(name)}, name
        assert on_machine(world, LOOK_UP, "turning.example") != \
            on_machine(world, LOOK_UP, "turning.example")
        # The machine's own resolver: nothing of it is on the wire.
        before = world.packets()
        world.use_name_servers(NAME_SERVERS[3])
        assert on_machine(world, LOOK_UP, "cut.example") == [SITE_V4]
        assert world.packets() == before, world.packets()
        assert world.queries[-1].server == NAME_SERVERS[3], world.queries
        # Each lie comes as it is; a resolver that believes it is poisoned.
        query = bytes.fromhex("1234010000010000000000000b") + (
            b"liar0000000\x07example\0\0\1\0\1")
        with world.new_socket(socket.AF_INET, socket.SOCK_DGRAM,
                          world.machine) as end:
            end.settimeout(20)
            for lie in LIES:
                world.names["liar0000000.example"] = Name(
                    silent=True, lies=(lie,))
                end.sendto(query, (NAME_SERVERS[0], 53))
                answer, server = end.recvfrom(1 << 16)
                poison = socket.inet_aton(POISON[1])
                assert server[1] == (5353 if lie == "port" else 53), server
                assert (poison in answer) == (lie in (
                    "id", "question", "port", "oversized", "loop")), lie
                assert (len(answer) > 50000) == (lie == "oversized"), lie


def links_and_mounts():
    return (sorted(os.listdir("/sys/class/net")),
            len(read_text("/proc/self/mountinfo").splitlines()))


def holders(namespaces):
    """Processes that are in one of them, or hold a descriptor of one."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            held = [read_link(f"/proc/{pid}/fd/{fd}")
                    for fd in os.listdir(f"/proc/{pid}/fd")]
        except OSError:
            continue
        held += [read_link(f"/proc/{pid}/ns/{kind}") for kind in ("net", "mnt")]
        if namespaces & set(held):
            found.append(int(pid))
    return found


def tell_of_a_world(told):
    """Makes one with a process in it, writes its namespaces, and waits."""
    with World() as world:
        world.serve(SITE_V4, 80, echo)
        inside = world.run("readlink", "/proc/self/ns/net",
                           "/proc/self/ns/mnt").stdout
        subprocess.Popen([*world.inside, "sleep", "600"])
        os.write(told, inside + read_link(
            f"/proc/self/fd/{world.world}").encode())
        signal.pause()


def test_a_killed_test_leaves_nothing():
    before = links_and_mounts()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            tell_of_a_world(writer)
        finally:
            os._exit(1)
    os.close(writer)
    spaces = set(os.read(reader, 1000).decode().split())
    assert len(spaces) == 3 and child in holders(spaces), spaces
    wait_until(lambda: len(holders(spaces)) > 1, 20, "a process inside")
    assert links_and_mounts() == before
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    wait_until(lambda: not holders(spaces), 20, "no process in the world")
    assert links_and_mounts() == before


def denied_and_silent(backend):
    """`enclave run` beside origins of every kind, under deny_all."""
    hosts = [SITE_V4, "api.example.com", WORLD_V4, MACHINE_V4, *DENIED]
    with World() as world, tempfile.TemporaryDirectory() as folder, \
            Server(backend=backend, wrapper=world.inside) as server:
        world.names["api.example.com"] = Name(a=[SITE_V4])
        world.serve("0.0.0.0", 80, http(b"reached"))
        if HAS_V6:
            world.serve("::", 80, http(b"reached"))
        own = world.serve(MACHINE_V4, 80, http(b"reached"), on_machine=True)
        # The server is where the world is, and the world is alive there.
        for kind, fd in (("net", world.machine), ("mnt", world.mounts)):
            assert read_link(f"/proc/{server.process.pid}/ns/{kind}") == \
                read_link(f"/proc/self/fd/{fd}"), kind
        answers, = on_machine(world, REACH, *hosts)
        assert all("200 OK" in one for one in json.loads(answers).values()), (
            answers)
        before = world.packets(), len(world.queries)
        accepted = len(world.connections()), len(own.connections)
        program = Path(folder, "reach.py")
        program.write_text(REACH)
        done = world.run(BIN / "enclave", "run", program, "--", *hosts, env={
            **os.environ, "ENCLAVE_BASE_URL": f"unix:{server.socket}"})
        assert done.returncode == 0, done
        found = json.loads(done.stdout)
        assert found.keys() == set(hosts), found
        # The gate's own answer.
        assert all(one.startswith("HTTP/1.1 403 ")
                   for one in found.values()), found
        after = world.packets()
        assert (after, len(world.queries)) == before, (
            set(after.items()) - set(before[0].items()), world.queries)
        assert accepted == (len(world.connections()), len(own.connections))
        session, = server.request("GET", "/v1/sessions").json["sessions"]
        assert session["backend"] == backend, session
        _, events = server.audit(session["id"])
        refused = {event["data"]["host"] for event in events
                   if event["type"] == "egress_denied"}
        assert {SITE_V4, "api.example.com", "10.1.2.3"} <= refused, refused


def test_a_denied_program_sends_nothing():
    denied_and_silent("native")


def test_a_denied_program_sends_nothing_in_gvisor():
    need_gvisor()
    denied_and_silent("gvisor")
