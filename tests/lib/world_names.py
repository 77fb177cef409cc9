"""The name server of a test's world (world.py), good and bad.

It answers as a recursive server would, from a table that a test may change at
any time, and keeps every query that it got.
"""

import collections
import dataclasses
import ipaddress
import socket
import struct
import threading

A, NS, CNAME, SOA, TXT, AAAA, OPT = 1, 2, 5, 6, 16, 28, 41
KINDS = {A: "A", NS: "NS", CNAME: "CNAME", SOA: "SOA", TXT: "TXT",
         AAAA: "AAAA"}
NXDOMAIN = 3
RESPONSE, TRUNCATED = 0x8180, 0x0200
UDP_BYTES = 512  # unless the query says otherwise (RFC 6891)
FIRST_NAME = b"\xc0\x0c"

# What lies say: nobody may connect there because of one.
POISON = {A: "93.184.215.66", AAAA: "2606:2800:21f:cb07::66"}


@dataclasses.dataclass
class Name:
    """What the table says of a name; one with nothing in it has no records.

    lies are sent before the answer, in order, each a key of LIES.
    """
    a: list = ()
    aaaa: list = ()
    cname: str = None
    rcode: int = 0
    ttl: int = 60
    delay: float = 0         # seconds
    truncated: bool = False  # over UDP; over TCP it is whole
    silent: bool = False     # no answer, but what lies there are
    lies: tuple = ()


# server and client are addresses, transport "udp" or "tcp", name as written.
Query = collections.namedtuple("Query", "name kind transport server client")
# Where a message's question ends, and how long an answer over UDP may be.
Asked = collections.namedtuple("Asked", "message name kind end udp_bytes")


def read_query(message):
    """Asked; ValueError if it isn't a query of one question."""
    try:
        _, flags, questions = struct.unpack_from("!HHH", message)
        labels, at = [], 12
        while message[at]:
            labels.append(message[at + 1:at + 1 + message[at]])
            at += 1 + message[at]
        kind, _ = struct.unpack_from("!HH", message, at + 1)
    except (IndexError, struct.error):
        raise ValueError("no query") from None
    if flags & 0x8000 or questions != 1:
        raise ValueError("no query")
    end = at + 5
    size = UDP_BYTES
    if message[end:end + 3] == struct.pack("!BH", 0, OPT):
        size = max(size, struct.unpack_from("!H", message, end + 3)[0])
    return Asked(message, b".".join(labels).decode("latin-1"), kind, end,
                 size)


def wire_name(name):
    return b"".join(bytes([len(label)]) + label for label in
                    name.encode("latin-1").split(b".") if label) + b"\0"


def record(owner, kind, data, ttl=60):
    return owner + struct.pack("!HHIH", kind, 1, ttl, len(data)) + data


def address_record(owner, kind, address, ttl=60):
    return record(owner, kind, ipaddress.ip_address(address).packed, ttl)


def response(asked, records, flags=0, identity=None, question=None):
    """A message; the question is the one that was asked unless given."""
    return (asked.message[:2] if identity is None else identity) + (
        struct.pack("!HHHHH", RESPONSE | flags, 1, len(records), 0, 0) +
        (question or asked.message[12:asked.end]) + b"".join(records))


def poisoned(asked, **more):
    kind = asked.kind if asked.kind in POISON else A
    return response(asked, [address_record(FIRST_NAME, kind, POISON[kind])],
                    **more)


def another_id(asked):
    return bytes(byte ^ 0x55 for byte in asked.message[:2])


def another_question(asked):
    return wire_name("elsewhere.example") + asked.message[
        asked.end - 4:asked.end]


def oversized(asked):
    """As large as UDP can carry, whatever was asked for."""
    text = record(FIRST_NAME, TXT, b"\xff" + b"x" * 255)
    kind = asked.kind if asked.kind in POISON else A
    return response(asked, [text] * 220 + [
        address_record(FIRST_NAME, kind, POISON[kind])])


def endless_name(asked):
    """The owner of the record points at itself."""
    itself = struct.pack("!H", 0xc000 | asked.end)
    return response(asked, [address_record(itself, A, POISON[A])])


LIES = {
    "id": lambda asked: poisoned(asked, identity=another_id(asked)),
    "question": lambda asked: poisoned(
        asked, question=another_question(asked)),
    "port": poisoned,  # from another port, where there are such
    "oversized": oversized,
    "garbage": lambda asked: asked.message[:2] + bytes(range(255, 100, -1)),
    "short": lambda asked: asked.message[:7],
    "counts": lambda asked: response(asked, [])[:6] + b"\xff" * 6,
    "loop": endless_name,
    "query": lambda asked: asked.message,
    "cut": lambda asked: poisoned(asked)[:-2],
}


class NameServer:
    def __init__(self):
        self.names = {}     # lower case: Name, or a function of a Query
        self.queries = []
        self.ends = []
        self.stopping = threading.Event()

    def add_udp(self, end, other):
        """Serves on one socket; the other is for answers by a liar."""
        self.ends += [end, other]
        threading.Thread(target=self.serve_udp, args=(end, other),
                         daemon=True).start()

    def serve_udp(self, end, other):
        server = end.getsockname()[0]
        while True:
            message, client = end.recvfrom(65535)
            if client is None or self.stopping.is_set():
                end.close()
                other.close()
                return

            def send(answer, lie=None):
                (other if lie == "port" else end).sendto(answer, client)
            threading.Thread(target=self.answer, daemon=True, args=(
                message, "udp", server, client[0], send)).start()

    def answer_tcp(self, connection):
        """For an origin: queries one after another (RFC 7766)."""
        while True:
            size = connection.read_exactly(2)
            message = connection.read_exactly(int.from_bytes(size, "big"))

            def send(answer, lie=None):
                connection.send(len(answer).to_bytes(2, "big") + answer)
            self.answer(message, "tcp", connection.address,
                        connection.client, send)

    def answer(self, message, transport, server, client, send):
        try:
            asked = read_query(message)
        except ValueError:
            return
        query = Query(asked.name, KINDS.get(asked.kind, str(asked.kind)),
                      transport, server, client)
        self.queries.append(query)
        found = self.names.get(asked.name.lower())
        if callable(found):
            found = found(query)
        found = found or Name(rcode=NXDOMAIN)
        self.stopping.wait(found.delay)
        if self.stopping.is_set():
            return
        for lie in found.lies:
            send(LIES[lie](asked), lie)
        if not found.silent:
            send(self.truth(asked, found, transport))

    def truth(self, asked, found, transport):
        records, rcode = self.records(asked, found)
        whole = response(asked, records, rcode)
        if transport == "udp" and (found.truncated or
                                   len(whole) > asked.udp_bytes):
            return response(asked, [], TRUNCATED | rcode)
        return whole

    def records(self, asked, found):
        """(records, rcode), with what an alias leads to, once around."""
        records, seen, owner = [], set(), FIRST_NAME
        while found.cname is not None and found.cname.lower() not in seen:
            seen.add(found.cname.lower())
            alias = wire_name(found.cname)
            records.append(record(owner, CNAME, alias, found.ttl))
            owner = alias
            found = self.names.get(found.cname.lower()) or Name(
                rcode=NXDOMAIN)
        addresses = {A: found.a, AAAA: found.aaaa}.get(asked.kind, ())
        records += [address_record(owner, asked.kind, one, found.ttl)
                    for one in addresses]
        return records, found.rcode

    def stop(self):
        self.stopping.set()
        for end in self.ends:
            try:
                # Wakes who waits in recvfrom(), though it says ENOTCONN.
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
