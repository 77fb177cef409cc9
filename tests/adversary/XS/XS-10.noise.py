# id: XS-10.noise   class: PEERDOS   backends: native gvisor   kind: client
# Fixed work beside a noisy session of one CPU, and alone, in turn. A core's
# worth each would be a ratio of one; the machine has others to serve too, so
# what is looked for is a neighbour that starves: several times as slow.
import statistics
from enclave_client import Client
from session_pair import begin, wait_step

NOISE = {
    "cpu": "reached(1)\nwhile True: pass",
    "forks": "import os\nreached(1)\nwhile True:\n    try:\n        if os.fork() == 0: os._exit(0)\n        os.wait()\n    except OSError: pass",
    "disk": "reached(1)\nwhile True:\n    open('/work/f', 'wb').write(bytes(1 << 22))",
    "net": "import socket\nreached(1)\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\nwhile True: s.sendto(b'x' * 1000, ('203.0.113.9', 9))",
    "output": "reached(1)\nwhile True: print('x' * 1000)",
}
WORK = """
import time
def work():
    begin = time.monotonic()
    total = 0
    for i in range(1500000):
        total += i * i
    open("/work/w", "wb").write(bytes(1 << 20))
    return time.monotonic() - begin
work()
enclave.result(sorted(work() for _ in range(3))[1])
"""
client = Client()
measure = lambda: client.run({"language": "python", "code": WORK, "limits": {"wallClockSeconds": 60}})["result"]["json"]
ratios = {}
for name, code in NOISE.items():
    found = []
    for _ in range(3):
        alone = measure()
        noisy = begin(client, code, seconds=60)
        wait_step(client, noisy, 1)
        found.append(measure() / alone)
        client.request("DELETE", f"/v1/sessions/{noisy}")
        client.end(noisy)
    ratios[name] = statistics.median(found)
print({name: round(ratio, 2) for name, ratio in ratios.items()})
assert statistics.median(ratios.values()) <= 6, ratios
