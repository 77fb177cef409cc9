# id: RS-69.starts-beside   class: PEERDOS   kind: client   alone: machine
# Beside programs that take locks of the whole machine (RS-61, RS-66 to RS-68)
# other sessions start and end, each within two seconds.
import base64
import os
import re
import subprocess
import tempfile
import time
from pathlib import Path
from enclave_client import Client
from pace import paced

HERE = Path(os.environ["ENCLAVE_CASES"]) / "RS"
OTHERS, START_SECONDS = 3, 2.0
client = Client()


def compiled(path):
    with tempfile.TemporaryDirectory() as folder:
        binary = Path(folder) / "storm"
        subprocess.run(["gcc", "-O1", "-static", "-D_GNU_SOURCE", "-w", "-o", str(binary), str(path)], check=True)
        return base64.b64encode(binary.read_bytes()).decode()


def limits_of(path):
    pairs = re.search(r"limits: (.*)", path.read_text()).group(1).split()
    return {**{name: int(value) for name, value in (pair.split("=") for pair in pairs)}, "wallClockSeconds": 60, "cpuSeconds": 60}


def beside(path, program):
    storm = client.expect(201, "POST", "/v1/sessions", {"command": ["/work/storm"], "limits": limits_of(path), "files": [
        {"path": "storm", "mode": "0755", "contentBase64": program}]}).json["id"]
    time.sleep(0.3)  # its processes are there
    slow = []
    for i in range(OTHERS):
        begin = time.monotonic()
        session = client.run({"command": ["true"]})
        took = time.monotonic() - begin
        if session["outcome"] != "succeeded" or took > paced(START_SECONDS):
            slow.append((i, session["outcome"], round(took, 2)))
    running = client.request("GET", f"/v1/sessions/{storm}").json["outcome"]
    client.request("DELETE", f"/v1/sessions/{storm}")
    client.end(storm)
    return slow + ([("the storm ended", running)] if running is not None else [])


for path in (HERE / "RS-61.nested-polls.c", *sorted(HERE.glob("RS-6[678].*.c"))):
    program = compiled(path)
    for _ in range(3):  # the machine may do other things
        if not (slow := beside(path, program)):
            break
    assert not slow, (path.name, slow)
