# id: RS-10.drip   class: HOSTDOS   kind: client
# A byte at a time for the whole of its time, to sixty who look on: no thread
# for any of them, nobody misses a byte, and the clock ends it when it said.
import http.client
import json
import os
import threading
from enclave_client import Client
from enclave_test import Unix, wait_until

LOOKERS, SECONDS = 60, 3
client = Client()


def threads():
    return {int(pid): len(os.listdir(f"/proc/{pid}/task")) for pid in os.listdir("/proc")
            if pid.isdigit() and comm(pid) in ("enclaved", "enclave-api")}


def comm(pid):
    try:
        return open(f"/proc/{pid}/comm").read().strip()
    except OSError:
        return ""


before = threads()
session = client.expect(201, "POST", "/v1/sessions", {
    "language": "python", "limits": {"wallClockSeconds": SECONDS},
    "code": "import os, time\nwhile True:\n    os.write(1, b'x')\n    time.sleep(0.02)"}).json["id"]
heard = {}


def look(n):
    connection = Unix(client.path)
    connection.request("GET", f"/v1/sessions/{session}/stream")
    heard[n] = connection.getresponse().read()


lookers = [threading.Thread(target=look, args=(n,)) for n in range(LOOKERS)]
for one in lookers:
    one.start()
wait_until(lambda: client.request("GET", f"/v1/sessions/{session}").json["startedAt"], 20, "its start")
meanwhile = threads()
for one in lookers:
    one.join()
# Servers of other tests are among them, and may be starting.
assert all(meanwhile[pid] < count + LOOKERS // 2 for pid, count in before.items() if pid in meanwhile), (
    before, meanwhile)
client.expect(200, "GET", f"/v1/sessions/{session}/audit?format=bundle")
result = client.expect(200, "GET", f"/v1/sessions/{session}/result").json
ended = client.expect(200, "GET", f"/v1/sessions/{session}").json
assert ended["killReason"] == "wall_clock_exceeded", ended
assert result["durationMs"] >= SECONDS * 1000, result["durationMs"]
assert set(result["stdout"]) == {"x"} and len(result["stdout"]) > 20, result
assert len(heard) == LOOKERS
assert len({text.count(b'"stdout"') for text in heard.values()}) == 1, "somebody missed something"
