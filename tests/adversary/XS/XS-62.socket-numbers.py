# id: XS-62.socket-numbers   class: LATERAL   kind: client
# The kernel numbers sockets and network namespaces by counters of the whole
# machine. A session that makes hundreds of sockets is not to be counted by
# another, whichever option it asks.
from enclave_client import Client
from session_pair import run_beside

HOLD = """
import socket, time
reached(1)
while True:
    for _ in range(200):
        s = socket.socket(socket.AF_UNIX)
        try: s.getsockopt(socket.SOL_SOCKET, 57, 8)
        except OSError: pass
        s.close()
    time.sleep(0.01)
"""
LOOK = """
import socket, time
def numbers():
    found = {}
    for family in (socket.AF_UNIX, socket.AF_INET, socket.AF_INET6, socket.AF_NETLINK):
        for option in (57, 71, 56):  # SO_COOKIE, SO_NETNS_COOKIE, SO_INCOMING_NAPI_ID
            for level in (socket.SOL_SOCKET, socket.SOL_SOCKET | 1 << 20):
                s = socket.socket(family, socket.SOCK_DGRAM)
                try: value = int.from_bytes(s.getsockopt(level, option, 8), "little")
                except OSError: value = 0
                found[f"{family} {level} {option}"] = value
                s.close()
    return found
before = numbers()
time.sleep(0.5)
after = numbers()
enclave.result({"asked": len(before), "told": {name: [before[name], after[name]] for name in before if before[name] or after[name]}})
"""
found = run_beside(Client(), HOLD, LOOK)
assert found["asked"] == 24, found
moved = {name: pair for name, pair in found["told"].items() if abs(pair[1] - pair[0]) > 100 or pair[0] > 1 << 16}
assert not moved, moved
