# id: RS-28.others   class: PEERDOS   backends: native   kind: client   alone: machine
# parity: kernel-objects
# While a session holds as much of the host's memory and budgets as it can get,
# by each program of this group that is about that, twenty others start and
# end, each within two seconds, and the pool is full again afterwards. In gVisor
# the programs meet a kernel of their own: the host's has nothing to run out of.
import base64
import os
import re
import subprocess
import tempfile
import time
from pathlib import Path

from enclave_client import Client
from enclave_test import wait_until
from pace import paced

HERE = Path(os.environ["ENCLAVE_CASES"]) / "RS"
OTHERS, START_SECONDS, REFILL_SECONDS = 20, paced(2.0), 30
# Held limits that let each go as far as it can.
LIMITS = {"memoryMb": 64, "diskMb": 1, "pidsLimit": 4096, "cpuSeconds": 60,
          "wallClockSeconds": 90}
client = Client()


def compiled(path, folder):
    binary = Path(folder) / "hog"
    subprocess.run(["gcc", "-O1", "-static", "-pthread", "-D_GNU_SOURCE", "-w",
                    f"-I{HERE.parent / 'lib'}", "-o", str(binary), str(path)],
                   check=True)
    return base64.b64encode(binary.read_bytes()).decode()


def shelves():
    text = client.request("GET", "/v1/metrics").body.decode()
    size, waiting = ({m[0]: int(m[1]) for m in re.findall(
        rf'^enclave_pool_{name}({{[^}}]*}}) (\d+)$', text, re.M)}
        for name in ("size", "waiting"))
    return size and all(waiting[shelf] >= size[shelf] > 0 for shelf in size)


def beside(path):
    with tempfile.TemporaryDirectory() as folder:
        program = compiled(path, folder)
    hog = client.expect(201, "POST", "/v1/sessions", {
        "command": ["/work/hog"], "limits": LIMITS,
        "files": [{"path": "hog", "mode": "0755",
                   "contentBase64": program}]}).json["id"]
    time.sleep(0.5)  # it may take what it can
    slow = []
    for i in range(OTHERS):
        begin = time.monotonic()
        session = client.run({"code": f"print({i})", "language": "python"})
        took = time.monotonic() - begin
        if session["outcome"] != "succeeded" or took > START_SECONDS:
            slow.append((i, session["outcome"], session["reason"],
                         round(took, 2)))
    client.request("DELETE", f"/v1/sessions/{hog}")
    client.end(hog)
    wait_until(shelves, REFILL_SECONDS, f"full pools after {path.name}")
    return slow


faults = {}
for path in sorted(HERE.glob("RS-2[0-7].*.c")):
    for _ in range(3):  # the machine may do other things
        slow = beside(path)
        if not slow:
            break
    if slow:
        faults[path.name] = slow
print(faults)
raise SystemExit(1 if faults else 0)
