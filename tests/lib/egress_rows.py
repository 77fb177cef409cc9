"""What programs with an allowlist try, as data, and who plays it.

Questions are written byte for byte, so that names come that no libc asks for;
so are the first bytes of connections.
"""

import json
import struct

from allowlists import egress_of, request

# The last address before each range of the deny table and the first behind it,
# if they are in no other range.
BESIDE = """
1.0.0.0 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255
128.0.0.0 168.63.129.15 168.63.129.17 169.253.255.255 169.255.0.0
172.15.255.255 172.32.0.0 191.255.255.255 192.0.1.0 192.0.1.255 192.0.3.0
192.31.195.255 192.31.197.0 192.52.192.255 192.52.194.0 192.88.98.255
192.88.100.0 192.167.255.255 192.169.0.0 192.175.47.255 192.175.49.0
198.17.255.255 198.20.0.0 198.51.99.255 198.51.101.0 203.0.112.255
203.0.114.0 223.255.255.255
""".split()
BESIDE_V6 = """
2000:: 2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff 2001:200::
2001:db7:ffff:ffff:ffff:ffff:ffff:ffff 2001:db9::
2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff 2003::
2620:4f:7fff:ffff:ffff:ffff:ffff:ffff 2620:4f:8001::
3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff 3fff:1000::
""".split()
# The first and the last address of each range, but for those that the
# program's own kernel keeps.
WITHIN = """
0.0.0.1 0.255.255.255 10.0.0.0 10.255.255.255 100.64.0.0 100.100.100.200
100.127.255.255 168.63.129.16 169.254.0.0 169.254.169.254 169.254.255.255
172.16.0.0 172.31.255.255 192.0.0.0 192.0.0.192 192.0.0.255 192.0.2.0
192.0.2.255 192.31.196.0 192.31.196.255 192.52.193.0 192.52.193.255
192.88.99.0 192.88.99.1 192.88.99.255 192.168.0.0 192.168.255.255
192.175.48.0 192.175.48.255 198.18.0.0 198.19.255.255 198.51.100.0
198.51.100.255 203.0.113.0 203.0.113.255 240.0.0.0 255.255.255.254
""".split()
WITHIN_V6 = """
::2 ::a9fe:a9fe ::ffff:0:a9fe:a9fe ::ffff:169.254.169.254 64:ff9b::
64:ff9b::a9fe:a9fe 64:ff9b:1::a9fe:a9fe 100:: 1fff::1 2001:: 2001:0:1::1
2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff 2001:db8:: 2002:a9fe:a9fe::1
2620:4f:8000:: 2620:4f:8000:ffff:ffff:ffff:ffff:ffff
64:ff9b:ffff:ffff:ffff:ffff:ffff:ffff 100::ffff:ffff:ffff:ffff
2001:db8:ffff:ffff:ffff:ffff:ffff:ffff 2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff
3fff:: 3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff 4000:: 5f00::1
fc00:: fd00:ec2::254 fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff fec0::1
feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff
""".split()

# How 127.0.0.1 and 169.254.169.254 are spelled for those who guess.
SPELLED = """
2852039166 0251.0376.0251.0376 0xa9fea9fe 0xa9.0376.169.254 169.254.43518
169.16689662 0xA9FEA9FE 00000251.0376.000251.0376 425.510.425.510 7147006462
2130706433 017700000001 0x7f000001 127.1 127.0.1 0x7f.1 0177.1 0 0.0.0.0
169.254.169.254. 127.0.0.1. 0xa9fea9fe. 2852039166. 127.1.
%31%36%39.254.169.254 %31%32%37.0.0.1 169.254.169.254%00 localhost
localhost. localhost.localdomain ip6-localhost metadata
metadata.google.internal host.docker.internal
""".split() + [
    "\uff11\uff12\uff17.\uff10.\uff10.\uff11", "\u2460\u2461\u2466.0.0.1",
    "\u2460\u2465\u2468.\u2461\u2464\u2463.\u2460\u2465\u2468.\u2461\u2464"
    "\u2463", "169\u3002254\u3002169\u3002254"]

# The same of an address that may be reached: 93.184.215.20.
SPELLED_SITE = ["1572394772", "0x5db8d714", "93.12113684", "93.184.55060",
                "0135.0270.0327.024", "0x5d.184.0327.20", "93.184.215.20"]

LONGEST = [b"a" * 63, b"b" * 63, b"c" * 63, b"d" * 49, b"example", b"net"]
# (labels, whether ["example.com:8080", "*.example.net:8080"] have the name).
# None: it is below example.net, but no host's name, and so nobody is asked.
NAMES = [
    ([b"example", b"com"], True), ([b"EXAMPLE", b"cOm"], True),
    ([b"a", b"example", b"net"], True),
    ([b"A", b"b", b"Example", b"NET"], True),
    ([b"xn--bcher-kva", b"example", b"net"], True), (LONGEST, True),
    ([b"evilexample", b"com"], False), ([b"a", b"example", b"com"], False),
    ([b"example", b"com", b"evil"], False), ([b"example"], False),
    ([b"com"], False), ([b"example", b"co"], False),
    ([b"xample", b"com"], False), ([b"example", b"comm"], False),
    ([b"example", b"net"], False), ([b"evilexample", b"net"], False),
    ([b"a", b"example", b"net", b"evil"], False),
    # dots within a label, bytes that no name has
    ([b"example.com"], False), ([b"a.example", b"net"], False),
    ([b"a", b"example.net"], False), ([b"example\0", b"com"], False),
    ([b"example", b"com\0"], False), ([b"example", b"com\0evil"], False),
    ([b"evil\0", b"example", b"net"], None),
    ([b"a b", b"example", b"net"], None),
    ([b"*", b"example", b"net"], None), ([b"-a", b"example", b"net"], None),
    ([b"a\\", b"example", b"net"], None),
    ([b"a@b", b"example", b"net"], None),
    ([b"a:80", b"example", b"net"], None),
    ([b"ex\xd0\xb0mple", b"com"], False),
    ([b"b\xc3\xbccher", b"example", b"net"], None),
    ([b"xn--exmple-4nf", b"com"], False),
    ([b"\xff", b"example", b"net"], None),
    # a byte more than a name may have
    ([b"a" * 63, b"b" * 63, b"c" * 63, b"d" * 50, b"example", b"net"],
     False)]

A, NS, NULL, TXT, AAAA, SRV, SVCB, HTTPS, AXFR, ANY = (
    1, 2, 10, 16, 28, 33, 64, 65, 252, 255)


def question(labels, kind=A, kind_of_net=1, flags=0x100, counts=(1, 0, 0, 0),
             extra=b""):
    """A query as bytes; its identity is 0x1234."""
    return struct.pack("!6H", 0x1234, flags, *counts) + b"".join(
        bytes([len(label)]) + label for label in labels) + b"\0" + (
        struct.pack("!2H", kind, kind_of_net)) + extra


def hello(name, *extensions, session=b""):
    """A ClientHello for a name, None for none, with more extensions."""
    def counted(data, width):
        return len(data).to_bytes(width, "big") + data
    listed = [] if name is None else [(0, counted(
        b"\0" + counted(name, 2), 2))]
    listed += extensions
    body = b"\3\3" + bytes(range(32)) + counted(session, 1) + (
        counted(b"\x13\1\x13\2", 2) + counted(b"\0", 1) + counted(b"".join(
            struct.pack("!H", kind) + counted(data, 2)
            for kind, data in listed), 2))
    return b"\1" + counted(body, 3)


def records(message, size=1 << 14):
    """A message in records of so many bytes."""
    return b"".join(
        b"\x16\3\1" + len(message[at:at + size]).to_bytes(2, "big") +
        message[at:at + size] for at in range(0, len(message), size))


# Plays tries: [a question or None, host or "", port, bytes, step]. What comes
# of each: [rcode, address, what came or how it ended]
PLAYER = r"""
import json, socket, sys
QUIET = float(sys.argv[1])
found = []
def ask(query):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
        end.settimeout(QUIET)
        end.connect(("198.18.0.1", 53))
        end.send(query)
        try:
            reply = end.recv(4096)
        except OSError:
            return None, ""
    address = "" if reply[6:8] == b"\0\0" else ".".join(map(str, reply[-4:]))
    return reply[3] & 15, address
def play(host, port, text, step):
    try:
        with socket.create_connection((host, port), 20) as end:
            end.settimeout(20)
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for at in range(0, len(text), step or len(text)):
                end.sendall(text[at:at + (step or len(text))])
            data = b""
            while len(data) < 4000 and (more := end.recv(4000)):
                data += more
                if b"\r\n\r\n" in data:
                    break
            return data.decode("latin-1").split("\r\n")[0]
    except (OSError, UnicodeError) as error:
        return type(error).__name__
with open("/work/tries.json") as file:
    tries = json.load(file)
for query, host, port, text, step in tries:
    rcode, address = None, host
    if query is not None:
        rcode, address = ask(query.encode("latin-1"))
    found.append([rcode, address, play(
        address, port, text.encode("latin-1"), step) if address and port
        else ""])
import enclave
enclave.result(found)
"""


def a_try(query=None, host="", port=0, text=b"", step=0):
    return [query and query.decode("latin-1"), host, port,
            text.decode("latin-1"), step]


def play(server, allow, tries, quiet=5):
    """What comes of tries, and the session's egress events."""
    session = server.run(request(
        PLAYER, allow, str(quiet), files=[("tries.json", json.dumps(tries))],
        limits={"wallClockSeconds": 60}))
    assert session["outcome"] == "succeeded", session
    return session["result"]["json"], egress_of(server, session["id"])
