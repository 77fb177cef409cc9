# id: NT-02.metadata-v6   class: EXFIL   backends: native gvisor   kind: client
# The same over IPv6: mapped, compatible, translated, tunnelled, and what
# clouds have of their own; each spelled in every way that RFC 4291 allows.
import ipaddress
import socket
from egress_table import try_table
from enclave_client import Client

V4 = "169.254.169.254"
v4 = int(ipaddress.IPv4Address(V4))
swapped = int(ipaddress.IPv4Address(V4)) ^ 0xffffffff

def at(prefix, low=v4, shift=0):
    return ipaddress.IPv6Address(int(ipaddress.IPv6Address(prefix)) | low << shift)

addresses = [
    at("::ffff:0:0"), at("::"), at("::ffff:0:0:0"), at("64:ff9b::"), at("64:ff9b:1::"),
    at("64:ff9b:1:fffe::"), at("2002::", shift=80), at("2002:a9fe:a9fe::1"), at("2001::", swapped),
    at("2001:0:a9fe:a9fe::", swapped), at("fe80::5efe:0:0"), at("fe80::"), at("fd00::"), at("fec0::"),
    at("2001:db8::"), at("100::"), at("5f00::"), at("3fff::"), at("fc00::"), at("2620:4f:8000::")]
addresses += [ipaddress.IPv6Address(a) for a in (
    "fd00:ec2::254", "fd00:ec2::23", "fd00:ec2::123", "fd00:ec2::253", "fd20:ce::254", "fd00:c1::a9fe:a9fe",
    "fd00:42::42", "fd00:a9fe:a9fe::1", "fd00:100::100:200", "fd6e:636c:6176::", "fd6e:636c:6176::1",
    "fd6e:636c:6176::3", "fd6e:636c:6176:0:ffff:ffff:ffff:ffff", "fd6e:636c:6176:1::2", "2606:4700:4700::1111",
    "2001:4860:4860::8888", "2001:4860:4860::6464", "2a00:1450:4001::", "2600:1f14::1", "::2", "::ffff:0:1")]

def spellings(address):
    full = address.exploded
    groups = [f"{int(g, 16):x}" for g in full.split(":")]
    low = socket.inet_ntoa(address.packed[12:])
    yield from (str(address), full, full.upper(), ":".join(groups), ":".join(groups).upper())
    yield ":".join(groups[:6]) + ":" + low
    yield ":".join(full.split(":")[:6]) + ":" + low
    # each run of zeros, whichever is shortened
    for first in range(8):
        for end in range(first + 1, 9):
            if all(g == "0" for g in groups[first:end]):
                yield ":".join(groups[:first]) + "::" + ":".join(groups[end:])

rows = [("tcp", spelled, 80) for address in addresses for spelled in spellings(address)]
rows += [("tcp", str(address), port) for address in addresses for port in (443, 8080)]
rows += [("udp", str(address), port) for address in addresses for port in (80, 4789)]
rows += [("tcp", f"fe80::a9fe:a9fe%{zone}", 80) for zone in ("eth0", "2", "lo", "1")]
try_table(Client(), rows, at_least=800, leaving=700)
