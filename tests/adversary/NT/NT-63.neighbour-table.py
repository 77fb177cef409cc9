# id: NT-63.neighbour-table   class: PEERDOS   kind: client
# A datagram to each of tens of thousands of groups: each may have an entry in a
# table of neighbours that the whole machine shares. The table is never full,
# and another session sends as before.
from pathlib import Path
from enclave_client import Client
from session_pair import run_beside

FLOOD = """
import socket, struct, time
v4, v6 = (socket.socket(family, socket.SOCK_DGRAM) for family in (socket.AF_INET, socket.AF_INET6))
def send(number):
    v4.sendto(b"x", (socket.inet_ntoa(struct.pack(">I", 0xe1000000 + number)), 9))
    v6.sendto(b"x", (f"ff02::1:{number >> 16:x}:{number & 65535:x}", 9, 0, 2))
"""
HOLD = FLOOD + """
reached(1)
sent = 0
while True:
    try: send(sent)
    except OSError: pass
    sent += 1
"""
LOOK = FLOOD + """
failed = []
time.sleep(0.7)  # tens of thousands are sent meanwhile
for number in range(300):
    try:
        v4.sendto(b"x", (f"198.51.100.{number % 250}", 9))
        v6.sendto(b"x", (f"2001:db8::{number:x}", 9))
    except OSError as e:
        failed.append(e.errno)
enclave.result(failed)
"""


def full():
    """How often the host's tables had no room, by the kernel's own count."""
    count = 0
    for path in Path("/proc/net/stat").glob("*_cache"):
        names, *rows = [line.split() for line in path.read_text().splitlines()]
        if "table_fulls" in names:
            count += sum(int(row[names.index("table_fulls")], 16) for row in rows)
    return count


before = full()
failed = run_beside(Client(), HOLD, LOOK)
assert failed == [], failed
assert full() == before, (before, full())
