# id: NT-64.pinned-link   class: HOSTDOS   kind: client
# Connections with a byte that nobody acknowledges, since they drop what the gate
# sends (IPV6_MINHOPCOUNT, IP_MINTTL, a key), and that may wait for weeks for it: the
# kernel would keep them, with the session's network and link. Soon after the
# end the host has no more of such orphans than before.
import re
from pathlib import Path
from enclave_client import Client
from enclave_test import wait_until

CODE = """
import socket, struct
LONG = 30000  # ms; more is possible, and no better to see
made = []
for _ in range(8):
    for family, to in ((socket.AF_INET, ("192.0.2.1", 443)), (socket.AF_INET6, ("2001:db8::1", 443))):
        s = socket.socket(family)
        s.connect(to)
        key = struct.pack("HH4s120xBBHI80s", family, 443, socket.inet_aton("192.0.2.1"), 0, 0, 8, 0, b"x" * 8)
        for level, option, value in ((41, 73, 255), (0, 21, 255), (6, 14, key), (6, 18, LONG), (6, 8, -1)):
            try:
                s.setsockopt(level, option, value)
            except OSError:
                pass
        s.send(b"x")
        made.append(s)
enclave.result(len(made))
"""


def orphans():
    return int(re.search(r"orphan (\d+)", Path("/proc/net/sockstat").read_text()).group(1))


before = orphans()
session = Client().run({"language": "python", "code": CODE})
assert session["outcome"] == "succeeded" and session["result"]["json"] == 16, session
# Other tests may have some, for a while. The session's would stay for LONG.
wait_until(lambda: orphans() <= before, 20, "the host has no orphan of the session's")
