# id: AP-11.races   class: AUDIT   kind: client
# Creating, cancelling, reading and cancelling again, all at once: each session
# ends exactly once, by one outcome, and its record says the same.
import json
import time
from concurrent.futures import ThreadPoolExecutor
from enclave_client import Client
from enclave_test import verify, wait_until

client = Client()
def ended(session):
    return client.request("GET", f"/v1/sessions/{session}").json["phase"] == "torn_down"
def race(number):
    reply = client.request("POST", "/v1/sessions", {"code": "import time\ntime.sleep(%s)" % (number % 3 * 0.02), "language": "python"})
    if reply.status == 429:
        return None
    assert reply.status == 201, reply.body
    session = reply.json["id"]
    with ThreadPoolExecutor(6) as pool:
        path = f"/v1/sessions/{session}"
        jobs = [pool.submit(client.request, method, path + suffix) for method, suffix in
                (("DELETE", ""), ("GET", "/result"), ("DELETE", ""), ("GET", "/audit?format=bundle"), ("DELETE", ""), ("GET", ""))]
        statuses = [job.result().status for job in jobs]
    assert all(status in (200, 202, 409) for status in statuses), statuses
    return session
with ThreadPoolExecutor(8) as pool:
    sessions = [s for s in pool.map(race, range(40)) if s]
assert len(sessions) > 20, sessions
for session in sessions:
    wait_until(lambda: ended(session), 20, f"{session} torn down")
    found = client.expect(200, "GET", f"/v1/sessions/{session}").json
    bundle = client.expect(200, "GET", f"/v1/sessions/{session}/audit?format=bundle").body
    events = [json.loads(line) for line in bundle.splitlines()[1:]]
    sealed = [e["data"]["outcome"] for e in events if e["type"] == "session_sealed"]
    assert sealed == [found["outcome"]], (sealed, found)
    assert (found["killReason"] == "cancelled") == (found["outcome"] == "killed"), found
    assert verify(bundle)[0] == 0, verify(bundle)
