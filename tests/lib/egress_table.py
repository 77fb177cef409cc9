"""Tables of destinations, tried from inside and held to the record.

A row is (how, host, port): tcp or udp, as a program would spell it. A table is
tried in sessions of at most AT_ONCE rows, so that each destination has a line
of its own. What holds for every row: no byte comes back but the gate's own
refusal, which names the destination; and the record has each attempt that left
the program's kernel, under its canonical host, exactly as often as it was
made.
"""

import collections
import ipaddress
import json
import os
import socket

AT_ONCE = 250

# What comes of an attempt that left; and errors of the program's own libc and
# kernel, which sent nothing.
LEFT = {"connected", "reset", "timeout", "sent"}
LOCAL = {"unresolved", "EACCES", "EADDRNOTAVAIL", "ECONNREFUSED", "EINVAL",
         "ENETUNREACH", "EHOSTUNREACH", "EAFNOSUPPORT", "EPERM"}

PROGRAM = r"""
import concurrent.futures, errno, json, select, socket, time

def family(host):
    return socket.AF_INET6 if ":" in host else socket.AF_INET

def try_tcp(host, port):
    try:
        found = socket.getaddrinfo(host, port, family(host), socket.SOCK_STREAM)
        zone = "%" + host.partition("%")[2] if "%" in host else ""
        where = found[0][4][0].partition("%")[0] + zone
    except (OSError, UnicodeError) as e:
        return "unresolved", "", ""
    address = found[0][4]
    with socket.socket(found[0][0]) as s:
        s.settimeout(2)
        try:
            s.connect(address)
        except socket.timeout:
            return "timeout", "", where
        except ConnectionResetError:
            return "reset", "", where
        except OSError as e:
            return errno.errorcode.get(e.errno, str(e)), "", where
        reply = b""
        try:
            s.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" if port != 443 else
                      b"\x16\x03\x01\x00\x05hello")
            while chunk := s.recv(4096):
                reply += chunk
        except OSError:
            pass
        return "connected", reply.hex(), where

datagrams = {}
def try_udp(host, port):
    s = socket.socket(family(host), socket.SOCK_DGRAM)
    try:
        found = socket.getaddrinfo(host, port, s.family, socket.SOCK_DGRAM)
        zone = "%" + host.partition("%")[2] if "%" in host else ""
        where = found[0][4][0].partition("%")[0] + zone
    except OSError:
        return "unresolved", "", ""
    try:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        s.setblocking(False)
        s.sendto(b"x", found[0][4])
    except OSError as e:
        s.close()
        return errno.errorcode.get(e.errno, str(e)), "", where
    datagrams[s] = len(results)
    return "sent", "", where

results = []
waiting = {}  # some are answered by nobody, and end by their deadline
pool = concurrent.futures.ThreadPoolExecutor(24)
for how, host, port in json.load(open("/work/table.json")):
    if how == "tcp":
        waiting[len(results)] = pool.submit(try_tcp, host, port)
        results.append(None)
    else:
        results.append(try_udp(host, port))
    while len(datagrams) > 100:
        next(iter(datagrams)).close()
        del datagrams[next(iter(datagrams))]
deadline = time.monotonic() + 0.3
while datagrams and (left := deadline - time.monotonic()) > 0:
    for s in select.select(list(datagrams), [], [], left)[0]:
        index = datagrams.pop(s)
        try:
            reply = s.recv(4096)
            results[index] = ("answered", reply.hex(), results[index][2])
        except OSError as e:
            results[index] = ("sent, then " + str(e), "", results[index][2])
for index, attempt in waiting.items():
    results[index] = attempt.result()
enclave.result(results)
"""


def canonical(address):
    """The one spelling in the record: IPv4 dotted, IPv6 as inet_ntop."""
    address = address.partition("%")[0]
    if ":" not in address:
        return socket.inet_ntoa(socket.inet_aton(address))
    raw = socket.inet_pton(socket.AF_INET6, address)
    if raw[:12] == bytes(10) + b"\xff\xff":
        return socket.inet_ntoa(raw[12:])
    return socket.inet_ntop(socket.AF_INET6, raw)


def stays(address):
    """What a program's own kernel keeps: itself, and its loopback."""
    address, _, zone = address.partition("%")
    parsed = ipaddress.ip_address(address)
    parsed = getattr(parsed, "ipv4_mapped", None) or parsed
    return (parsed.is_loopback or parsed.is_unspecified or
            str(parsed) in ("198.18.0.2", "fd6e:636c:6176::2") or
            zone in ("lo", "1") or address.startswith("ff01:"))


def left(outcome, address):
    """Whether an attempt reached the gate."""
    if not address or stays(address):
        return False
    # The gate's kernel has no route to there, and says so: it was asked.
    return outcome in LEFT or (address.startswith("fe80:") and "%" in address
                               and outcome == "ENETUNREACH")


def solicited(host):
    """The key under which a guest's question for a neighbour is recorded."""
    raw = socket.inet_pton(socket.AF_INET6, host)
    group = socket.inet_pton(socket.AF_INET6, "ff02::1:ff00:0")[:13] + raw[13:]
    return "icmp", socket.inet_ntop(socket.AF_INET6, group), 0


def settle_neighbours(expected, recorded):
    """Row `link-local` of docs/parity.md, in place.

    gVisor's own stack looks for a neighbour on the link before it sends it
    anything, and nobody answers. The question is the record of the attempt;
    there is none without one.
    """
    for key in [k for k in expected if k[1].startswith("fe80:")]:
        question = solicited(key[1])
        if recorded[question] and not recorded[key]:
            expected[question] = recorded[question]
            del expected[key]


def judge_reply(row, outcome, reply, host):
    """A fault, or None."""
    how, spelled, port = row
    text = bytes.fromhex(reply)
    if outcome == "connected":
        if not text:
            return None
        if port == 80 and text.startswith(b"HTTP/1.1 403 ") and (
                f"{host}:{port} is denied".encode() in text):
            return None
        if port == 443 and text == bytes([21, 3, 3, 0, 2, 2, 49]):
            return None
        return f"{row}: a reply: {text[:200]}"
    if outcome in LEFT or outcome in LOCAL:
        return f"{row}: a reply: {text[:200]}" if text else None
    return f"{row}: {outcome} {text[:200]}"


def is_name(spelled):
    """What libc asks a name server for."""
    if ":" in spelled:
        return False
    try:
        socket.inet_aton(spelled.encode("idna").decode())
        return False
    except (OSError, UnicodeError):
        return True


def try_part(client, rows):
    """(faults, attempts that left) of one session."""
    session = client.run({"code": PROGRAM, "language": "python",
                          "files": [{"path": "table.json",
                                     "content": json.dumps(rows)}],
                          "limits": {"wallClockSeconds": 120}})
    results = (session.get("result") or {}).get("json")
    assert results and len(results) == len(rows), session
    faults, expected = [], collections.Counter()
    for row, (outcome, reply, address) in zip(rows, results):
        how, spelled, port = row
        name = is_name(spelled)
        host = (spelled.rstrip(".").lower() if name else
                canonical(address or spelled))
        faults.append(judge_reply(row, outcome, reply, host))
        if name and outcome != "unresolved":
            expected["dns", host, 53] += 1
        if left(outcome, address):
            expected[how, host, port] += 1
    recorded = collections.Counter()
    for event in client.events(session["id"]):
        data = event["data"]
        if event["type"] == "egress_denied":
            kind = "dns" if data["via"] == "dns" else data["proto"]
            recorded[kind, data["host"], data["port"]] += data["count"]
        elif event["type"] in ("egress_allowed", "events_suppressed"):
            faults.append(f"{event['type']}: {data}")
    attempts = sum(expected.values())
    if os.environ["ENCLAVE_BACKEND"] == "gvisor":
        settle_neighbours(expected, recorded)
    for key in expected.keys() | recorded.keys():
        if expected[key] != recorded[key]:
            faults.append(f"{key}: {expected[key]} made, "
                          f"{recorded[key]} recorded")
    return [f for f in faults if f], attempts


def try_table(client, rows, at_least, leaving):
    """Ends with an error unless every row holds; prints what was tried.

    At least so many different rows, so many of which leave the program's
    kernel: a table that tries nothing proves nothing.
    """
    rows = list(dict.fromkeys(rows))
    assert len(rows) >= at_least, len(rows)
    faults, attempts = [], 0
    for first in range(0, len(rows), AT_ONCE):
        part_faults, part_attempts = try_part(client, rows[first:first + AT_ONCE])
        faults += part_faults
        attempts += part_attempts
    print(f"{len(rows)} destinations, {attempts} attempts left, "
          f"{len(faults)} faults")
    assert not faults, "\n".join(faults[:40])
    assert attempts >= leaving, attempts
