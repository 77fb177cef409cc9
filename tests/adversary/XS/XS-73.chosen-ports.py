# id: XS-73.chosen-ports   class: LATERAL   kind: client   backends: gvisor
# parity: channels
# On Linux a table of the whole machine says where to look for a free port next.
# In gVisor the table is the session's: how far a port is from the one before
# is the same with others who connect and without.
from enclave_client import Client
from session_pair import run_beside

DIAL = """
import socket, struct, time
listener = socket.socket()
listener.bind(("127.0.0.1", 4321))
listener.listen(64)
def dial():
    s = socket.create_connection(("127.0.0.1", 4321))
    port = s.getsockname()[1]
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    s.close()
    listener.accept()[0].close()
    return port
"""
HOLD = DIAL + """
reached(1)
while True:
    for _ in range(50): dial()
    time.sleep(0.005)
"""
LOOK = DIAL + """
steps = []
for _ in range(6):
    first = dial()
    time.sleep(0.1)
    steps.append((dial() - first) % 65536)
enclave.result(steps)
"""
# A port that is chosen at random tells as little as one that is the next.
client = Client()
alone = client.run({"language": "python", "code": LOOK})["result"]["json"]
beside = run_beside(client, HOLD, LOOK)
near = [[step for step in steps if 100 < step < 5000] for steps in (alone, beside)]
assert len(alone) == len(beside) == 6, (alone, beside)
assert len(near[1]) <= len(near[0]) + 3, (alone, beside)
