"""Two sessions at a time: one leaves, holds or shouts, the other looks.

A program says that it has come so far by an attempt that the gate records: a
connect to 192.0.2.1 and the number of the step.
"""

import time

from pace import paced

STEP = r"""
def reached(step):
    import socket
    try:
        socket.create_connection(("192.0.2.1", 4000 + step), 2).close()
    except OSError:
        pass
"""


def begin(client, code, seconds=40, **more):
    return client.expect(201, "POST", "/v1/sessions", {
        "language": "python", "code": STEP + code,
        "limits": {"wallClockSeconds": round(paced(seconds))}, **more}).json["id"]


def wait_step(client, session, step, seconds=30):
    """Until the program has come to that step; it may not end before."""
    deadline = time.monotonic() + paced(seconds)
    while not any(e["type"] == "egress_denied" and
                  e["data"]["port"] == 4000 + step for e in client.request(
                      "GET", f"/v1/sessions/{session}/audit").json["events"]):
        found = client.request("GET", f"/v1/sessions/{session}").json
        assert found["outcome"] is None, found
        assert time.monotonic() < deadline, f"{session}: no step {step}"
        time.sleep(0.02)


def run_beside(client, holder, looker):
    """What the looker says while the holder holds; then both are over."""
    first = begin(client, holder)
    wait_step(client, first, 1)
    found = client.run({"language": "python", "code": STEP + looker,
                        "limits": {"wallClockSeconds": round(paced(20))}})
    client.request("DELETE", f"/v1/sessions/{first}")
    client.end(first)
    assert found["outcome"] == "succeeded", found
    return found["result"]["json"]
