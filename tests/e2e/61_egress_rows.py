"""What hostile programs try to reach with an allowlist, row by row.

Addresses beside the deny table's, spellings of numbers, names beside the
rules, questions of every kind, first bytes of connections in every shape.
51_allowlist.py has what is reached and what isn't in general.
"""

import collections
import json

from allowlists import (OTHER, SITE, egress_of, reach, request, told,
                        world_and_server)
from egress_rows import (A, AAAA, ANY, AXFR, BESIDE, BESIDE_V6, HTTPS, NAMES,
                         NS, NULL, SPELLED, SPELLED_SITE, SRV, SVCB, TXT,
                         WITHIN, WITHIN_V6, a_try, hello, play, question,
                         records)
from enclave_test import need_gvisor
from world import HAS_V6
from world_names import Name
from world_origins import http

EVERYWHERE = ["0.0.0.0/0", "::/0"]
GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


def edges(backend):
    """Just outside of each denied range it is reached, within it isn't."""
    beside = BESIDE + (BESIDE_V6 if HAS_V6 else [])
    within = WITHIN + (WITHIN_V6 if HAS_V6 else [])
    with world_and_server(backend) as (world, server):
        world.serve("0.0.0.0", 8080, http(b"reached"))
        if HAS_V6:
            world.serve("::", 8080, http(b"reached"))
        found, events = reach(world, server, EVERYWHERE, *(
            ("http", one, 8080, "x") for one in beside + within))
        assert found[:len(beside)] == ["HTTP/1.1 200 OK"] * len(beside), [
            pair for pair in zip(beside, found) if "200" not in pair[1]]
        assert "HTTP/1.1 200 OK" not in found[len(beside):], [
            pair for pair in zip(within, found[len(beside):])
            if "200" in pair[1]]
        assert {one.address for one in world.connections()} == set(beside)
        for one in within:
            assert not world.packets_to(one), one
        assert {one["ip"] for one in told(
            events, "egress_allowed")} == set(beside), events
        denied = told(events, "egress_denied")
        assert all(one["rule"].startswith("deny-table: ")
                   for one in denied), denied
        assert sum(one["count"] for one in denied) == len(within), (
            set(within) - {one["ip"] for one in denied}, denied)


def test_edges_of_the_deny_table():
    edges("native")


def test_edges_of_the_deny_table_in_gvisor():
    need_gvisor()
    edges("gvisor")


def spelled(backend):
    """A number is denied as what it is, or is a name that nobody has."""
    with world_and_server(backend) as (world, server):
        world.serve("0.0.0.0", 8080, http(b"reached"))
        world.serve("127.0.0.1", 8080, http(b"reached"), on_machine=True)
        allow = [*EVERYWHERE, "*.example.com:8080"]
        tries = [a_try(host=one, port=8080, text=GET) for one in SPELLED]
        # Nor does a name that says it, or a number that may be reached:
        # nobody asks outside for it.
        names = [one for one in SPELLED if one.isascii()] + SPELLED_SITE
        tries += [a_try(question(labels), port=8080, text=GET)
                  for one in names for labels in (
                      [one.encode()], one.rstrip(".").encode().split(b"."))]
        found, events = play(server, allow, tries)
        assert not any("200" in one[2] for one in found), found
        assert not world.connections() and not world.queries, world.queries
        assert not world.packets(), world.packets()
        assert not told(events, "egress_allowed"), events
        # Each question was answered with an address of the gate's, at which
        # the attempt was denied by its name.
        named = found[len(SPELLED):]
        assert all(rcode == 0 and address.startswith("198.18.")
                   for rcode, address, _ in named), named
        refused = {one["host"] for one in told(
            events, "egress_denied", port=8080, rule="allowlist")}
        assert set(one.rstrip(".").lower() for one in names
                   if one.replace(".", "").isalnum()) <= refused, refused


def test_spelled_numbers():
    spelled("native")


def test_spelled_numbers_in_gvisor():
    need_gvisor()
    spelled("gvisor")


def test_names_beside_the_rules():
    """Whole labels, without regard to case; and no byte that no name has."""
    with world_and_server() as (world, server):
        for labels, _ in NAMES:
            world.names[b".".join(labels).decode("latin-1").lower()] = Name(
                a=[SITE])
        world.serve(SITE, 8080, http(b"reached"))
        found, events = play(
            server, ["example.com:8080", "*.example.net:8080"], [
                a_try(question(labels), port=8080, text=GET)
                for labels, _ in NAMES])
        wrong = [(labels, one) for (labels, fits), one in zip(NAMES, found)
                 if (one[2] == "HTTP/1.1 200 OK") != bool(fits)]
        assert not wrong, wrong
        fitting = {b".".join(labels).decode().lower()
                   for labels, fits in NAMES if fits}
        assert {one.name.lower() for one in world.queries} == fitting, (
            world.queries)
        assert len(world.connections()) == len(fitting) + 1, (
            world.connections())  # one was asked for in two cases
        denied = told(events, "egress_denied", port=8080)
        assert sum(one["count"] for one in denied) == sum(
            bool(one[1]) for (_, fits), one in zip(NAMES, found)
            if fits is False), denied


def questions():
    """[(question, whether it is one for an allowed name's address)]"""
    name = [b"example", b"com"]
    data = b"\0\0\x29\x10\0\0\0\0\0\0\x0c\xfd\xe9\0\x08secret!!"
    return [
        *((question(name, kind), kind in (A, AAAA)) for kind in (
            A, AAAA, NS, NULL, TXT, SRV, SVCB, HTTPS, AXFR, ANY, 65280)),
        *((question(name, A, net), False) for net in (0, 3, 4, 254, 255)),
        (question(name, extra=data, counts=(1, 0, 0, 1)), True),
        (question([b"eXaMPLe", b"CoM"]), True),
        *((question(labels), False) for labels in (
            [b"secret", b"example", b"com"], [b"secret", b"evil", b"org"],
            [b"s" * 63, b"example", b"com"])),
        (question(name, counts=(2, 0, 0, 0),
                  extra=question([b"x", b"y"])[12:]), False),
        (question(name, counts=(1, 1, 1, 1)), False),
        (question(name, flags=0x8180), False),
        (question(name, flags=0x2800), False),
        (question(name)[:-3], False), (question(name)[:20], False),
        (question([])[:12] + b"\xc0\x0c\0\1\0\1", False),
        (question([b"example"])[:-5] + b"\xc0\x0c\0\1\0\1", False),
        (question([])[:12] + b"\x3fshort", False), (b"secret", False)]


JUNK = r"""
import os, socket
end = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
end.connect(("198.18.0.1", 53))
for size in range(3000):
    end.send(os.urandom(size % 600))
"""


def test_questions_of_every_kind():
    """Outside only an allowed name's addresses are ever asked for."""
    with world_and_server() as (world, server):
        world.names["example.com"] = Name(a=[SITE])
        world.serve(SITE, 8080, http(b"reached"))
        asked = questions()
        allow = ["example.com:8080"]
        found, events = play(server, allow, [
            a_try(query) for query, _ in asked], quiet=0.3)
        assert not any(one[1] for (_, fits), one in zip(asked, found)
                       if not fits and not one[1].startswith("198.18.")), (
            found)
        # A question alone doesn't leave, whoever is asked for.
        assert not world.packets(), (world.queries, world.packets())
        assert sum(data["count"] for _, data in events) == len(asked), (
            len(asked), events)
        # Those that can be read are on record by their names.
        assert sum(data["count"] for _, data in events
                   if data["host"] == "example.com") == 18, events
        # A flood of what is none; then all is as before.
        found, events = play(server, allow, [
            a_try(question([b"example", b"com"]), port=8080, text=GET)])
        assert found[0][2] == "HTTP/1.1 200 OK", found
        session = server.run(request(JUNK, allow))
        assert session["outcome"] == "succeeded", session
        flood = egress_of(server, session["id"])
        assert sum(data["count"] for _, data in flood) == 3000, flood
        assert {(one.name, one.kind) for one in world.queries} <= {
            ("example.com", "A"), ("example.com", "AAAA")}, world.queries


HOST = "good.example.com"
SNI = HOST.encode()
NO_NAME = "allowlist: not TLS with a server name"
NO_HOST = "allowlist: not HTTP/1.1 with a host"
ANOTHER = "allowlist: another host in the request"


def first_bytes():
    """[(port, first bytes, the rule that denies them or None)]"""
    padding = (21, bytes(200))
    return [
        (443, records(hello(SNI)), None),
        (443, records(hello(SNI, padding), 1), None),
        (443, records(hello(b"Good.EXAMPLE.com"), 7), None),
        # of a session before: by this name, and by another one
        (443, records(hello(SNI, (41, b"\0\2\0\0\0\2\1\0"))), None),
        (443, records(hello(b"evil.example.com", (41, b"\0\2\0\0\0\2\1\0"),
                            session=bytes(32))), ANOTHER),
        (443, records(hello(b"evil.example.com"), 1), ANOTHER),
        (443, records(hello(SNI + b".")), NO_NAME),
        (443, records(hello(SNI + b"\0.evil.com")), NO_NAME),
        (443, records(hello(SITE.encode())), NO_NAME),
        (443, records(hello(b"")), NO_NAME),
        (443, records(hello(None)), ANOTHER),
        (443, records(hello(None), 1), ANOTHER),
        (443, records(hello(SNI, (0xfe0d, b"\0" * 40))), NO_NAME),
        (443, records(hello(SNI, (0xfe0d, b"\0" * 40)), 1), NO_NAME),
        (443, records(hello(SNI, (0, b"\0\7\0\0\4evil"))), NO_NAME),
        (443, b"\x16\2\0" + records(hello(SNI))[3:], NO_NAME),
        (443, b"GET / HTTP/1.1\r\nHost: " + SNI + b"\r\n\r\n", NO_NAME),
        (443, b"CONNECT " + SNI + b":443 HTTP/1.1\r\nHost: " + SNI +
         b":443\r\n\r\n", NO_NAME),
        *((80, b"GET %s HTTP/1.1\r\nHost: %s\r\n\r\n" % (target, host), rule)
          for target, host, rule in (
              (b"/", SNI, None), (b"/", b"GOOD.example.com.:80", None),
              (b"http://good.example.com/", SNI, None),
              (b"/", b"evil.example.com", ANOTHER),
              (b"/", b"good.example.com:8080", NO_HOST),
              (b"/", b"good.example.com\0.evil.com", NO_HOST),
              (b"/", b"good.example.com,evil.example.com", NO_HOST),
              (b"/", b"me@good.example.com", NO_HOST),
              (b"/", b"[good.example.com]", NO_HOST),
              (b"/", SITE.encode(), ANOTHER), (b"/", b"", NO_HOST),
              (b"http://evil.example.com/", SNI, NO_HOST))),
        (80, b"GET / HTTP/1.1\r\nHost: %s\r\nHost: evil\r\n\r\n" % SNI,
         NO_HOST),
        (80, b"GET / HTTP/1.1\nHost: %s\n\n" % SNI, NO_HOST),
        (80, b"CONNECT %s:80 HTTP/1.1\r\nHost: %s\r\n\r\n" % (SNI, SNI),
         NO_HOST),
        (80, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", NO_HOST),
        (80, records(hello(SNI)), NO_HOST)]


def said_first(backend):
    """Whole and byte by byte: all of it comes, or none of it."""
    with world_and_server(backend) as (world, server):
        world.names[HOST] = Name(a=[SITE])
        for port in (80, 443):
            world.serve(SITE, port, greeting)
        rows = [(port, text, rule, step) for port, text, rule in first_bytes()
                for step in (0, 1)]
        found, events = play(server, [HOST, HOST + ":80"], [
            a_try(host=HOST, port=port, text=text, step=step)
            for port, text, _, step in rows])
        wrong = [(row, one) for row, one in zip(rows, found)
                 if (one[2] == "HTTP/1.1 200 OK") != (row[2] is None)]
        assert not wrong, wrong
        assert sorted(bytes(one.received) for one in world.connections()) == (
            sorted(text for _, text, rule, _ in rows if rule is None)), (
                world.connections())
        for port in (80, 443):
            for rule in (NO_NAME, NO_HOST, ANOTHER):
                assert sum(one["count"] for one in told(
                    events, "egress_denied", port=port, rule=rule)) == len([
                        row for row in rows if (row[0], row[2]) == (
                            port, rule)]), (port, rule, events)


def greeting(connection):
    """Says something when something has come."""
    connection.read()
    connection.send(b"HTTP/1.1 200 OK\r\n\r\n")
    while connection.read():
        pass


def test_what_is_said_first():
    said_first("native")


def test_what_is_said_first_in_gvisor():
    need_gvisor()
    said_first("gvisor")


DATAGRAMS = r"""
import json, socket, sys
sent = []
for host, port in json.loads(sys.argv[1]):
    where = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
    for connected in (False, True):
        end = socket.socket(where[0], socket.SOCK_DGRAM)
        end.settimeout(0.1)
        if connected:
            end.connect(where[4])
            end.send(b"secret")
        else:
            end.sendto(b"secret", where[4])
        try:
            sent.append(end.recv(100).decode("latin-1"))
        except OSError as error:
            sent.append(type(error).__name__)
import enclave
enclave.result(sent)
"""


def nothing_but_tcp(backend):
    """QUIC, questions to servers of the program's own, whatever else."""
    with world_and_server(backend) as (world, server):
        world.names[HOST] = Name(a=[SITE])
        where = [(SITE, 443), (SITE, 123), (HOST, 443), (OTHER, 443)]
        if HAS_V6:
            where.append(("2606:2800:21f:cb07::20", 443))
        session = server.run(request(
            DATAGRAMS, [SITE, HOST, "2606:2800:21f:cb07::20"],
            json.dumps(where)))
        assert set(session["result"]["json"]) == {"TimeoutError"}, session
        assert not world.packets(), world.packets()
        events = egress_of(server, session["id"])
        denied = collections.Counter()
        for one in told(events, "egress_denied", proto="udp", via="datagram"):
            denied[one["host"], one["port"], one["rule"]] += one["count"]
        assert denied == {(host, port, "allowlist" if host == OTHER else
                           "allowlist: TCP only"): 2
                          for host, port in where}, denied


def test_nothing_but_tcp():
    nothing_but_tcp("native")


def test_nothing_but_tcp_in_gvisor():
    need_gvisor()
    nothing_but_tcp("gvisor")
