# id: NT-01.metadata-v4   class: EXFIL   backends: native gvisor   kind: client
# 169.254.169.254 in every way that libc, IDNA and resolvers read: radices of
# each part, fewer parts, zeros, other digits; and what only looks like it.
import itertools
from egress_table import try_table
from enclave_client import Client

WAYS = (lambda n: f"{n}", lambda n: f"0x{n:x}", lambda n: f"0X{n:04X}",
        lambda n: f"0{n:o}", lambda n: f"000{n:o}")
rows = []
# One to four parts; the last one takes what is left of the 32 bits.
for parts in ((2852039166,), (169, 16689662), (169, 254, 43518), (169, 254, 169, 254)):
    ways = WAYS if len(parts) < 4 else WAYS[:4]
    for chosen in itertools.product(ways, repeat=len(parts)):
        spelled = ".".join(way(n) for way, n in zip(chosen, parts))
        rows.append(("tcp", spelled, 80))
# Each in the digits of another script: IDNA maps them.
for zero in (0xff10, 0x0660, 0x06f0, 0x0966):
    digits = str.maketrans("0123456789", "".join(chr(zero + i) for i in range(10)))
    if zero == 0xff10:  # the others stay names, and Python refuses some
        rows.append(("tcp", "169.254.169.254".translate(digits), 80))
for dot in "\u3002\uff0e\uff61":
    rows.append(("tcp", f"169{dot}254{dot}169{dot}254", 80))
# Ports and datagrams.
rows += [("tcp", "169.254.169.254", port) for port in (1, 22, 53, 443, 8080, 8775, 65535)]
rows += [("udp", "169.254.169.254", port) for port in (1, 67, 123, 443, 514, 65535)]
# No numbers to libc: names, which lead to the gate.
rows += [("tcp", spelled, 80) for spelled in (
    "7147006462", "169.254.169.254.", "169.254.169.254.nip.io", "a9fea9fe",
    "0xa9fea9fe.", "169.254.169.510", "425.510.425.510", "0251.0376.0251.0376.xip.io",
    "169-254-169-254.sslip.io")]
try_table(Client(), rows, at_least=420, leaving=420)
