# id: NT-20.rules-removed   class: EXFIL   backends: native gvisor   kind: client
# Root of the host takes the gate's rules away while a program runs: not a byte
# comes back, and the session ends as the backend's error, at once. The same
# for one rule more, and for a set that is emptied.
import json
import subprocess
import threading
import time
from enclave_client import Client, server_processes

CODE = """
import socket, time
print("begun", flush=True)
answered = 0
while True:
    try:
        s = socket.create_connection(("192.0.2.1", 9999), 1)
        s.settimeout(1)
        answered += bool(s.recv(1))
    except OSError:
        pass
    print("answered", answered, flush=True)
    time.sleep(0.005)
"""


def gates():
    return {pid for pid, name in server_processes().items() if name == "enclave-gate"}


def namespace_of_session(marked):
    """The gate whose kernel has counted connects to the port of the program."""
    for pid in gates():
        listing = subprocess.run(
            ["nsenter", f"--net=/proc/{pid}/ns/net", "nft", "list", "set", "inet",
             "enclave", "tcp4"], capture_output=True, text=True).stdout
        if f". {marked}" in listing or f"@{marked}" in listing:
            return pid
    return None


client = Client()
for number, change in enumerate((
        ["flush", "ruleset"], ["delete", "chain", "inet", "enclave", "in"],
        ["add", "rule", "inet", "enclave", "in", "accept"], ["flush", "set", "inet", "enclave", "totals"])):
    port = 9990 + number
    session = client.expect(201, "POST", "/v1/sessions", {
        "code": CODE.replace("9999", str(port)), "language": "python",
        "limits": {"wallClockSeconds": 30}}).json["id"]
    deadline = time.monotonic() + 20
    while (gate := namespace_of_session(port)) is None:
        assert time.monotonic() < deadline, "no gate counts the program's connects"
    subprocess.run(["nsenter", f"--net=/proc/{gate}/ns/net", "nft", *change], check=True)
    while (found := client.request("GET", f"/v1/sessions/{session}").json)["outcome"] is None:
        assert time.monotonic() < deadline, (change, found)
    assert found["outcome"] == "failed", (change, found)
    assert "gate" in json.dumps(found["reason"]), (change, found)
    events = client.events(session)
    assert not [e for e in events if e["type"] == "egress_allowed"], events
    result = client.request("GET", f"/v1/sessions/{session}/result").json
    said = [line for line in (result.get("stdout") or "").splitlines() if line.startswith("answered")]
    assert set(said) <= {"answered 0"}, said
