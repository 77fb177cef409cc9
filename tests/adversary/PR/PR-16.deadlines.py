# id: PR-16.deadlines   class: MISLABEL   kind: client
# Programs that end when their time does, and are cancelled when they end: one
# end each, one terminal event, and phase, reason and result that agree.
import json
import random
from concurrent.futures import ThreadPoolExecutor
from enclave_client import Client
from enclave_test import wait_until

client = Client()
RACE = """
import time
time.sleep(%f)
print("ended")
"""


def settle(session_id):
    wait_until(lambda: client.request("GET", f"/v1/sessions/{session_id}").json["phase"] == "torn_down", 30, "its end")
    bundle = client.expect(200, "GET", f"/v1/sessions/{session_id}/audit?format=bundle").body
    events = [json.loads(line) for line in bundle.splitlines()[1:]]
    session = client.expect(200, "GET", f"/v1/sessions/{session_id}").json
    result = client.expect(200, "GET", f"/v1/sessions/{session_id}/result").json
    kinds = [event["type"] for event in events]
    assert kinds[-1] == "session_sealed" and kinds.count("session_sealed") == 1, kinds
    assert events[-1]["data"]["outcome"] == session["outcome"], (session, events[-1])
    assert session["phase"] == "torn_down", session
    if session["outcome"] == "succeeded":
        assert session["killReason"] is None and result["exitCode"] == 0, (session, result)
        assert "quota_kill" not in kinds, kinds
    else:
        assert session["outcome"] == "killed", session
        assert session["killReason"] in ("wall_clock_exceeded", "cancelled"), session
        assert (session["killReason"] == "wall_clock_exceeded") == ("quota_kill" in kinds), kinds
    return session["outcome"]


def at_the_limit(n):
    body = {"language": "python", "code": RACE % (0.7 + n * 0.006), "limits": {"wallClockSeconds": 1}}
    return settle(client.run(body)["id"])


def cancelled(n):
    body = {"language": "python", "code": f"import time\ntime.sleep({n * 0.002})\nprint('ended')"}
    session_id = client.expect(201, "POST", "/v1/sessions", body).json["id"]
    for _ in range(random.Random(n).randrange(1, 4)):
        client.request("GET", f"/v1/sessions/{session_id}")
    reply = client.request("DELETE", f"/v1/sessions/{session_id}")
    assert reply.status in (200, 202), reply.body
    return settle(session_id)


with ThreadPoolExecutor(6) as pool:
    ends = list(pool.map(at_the_limit, range(60)))
    more = list(pool.map(cancelled, range(60)))
print({end: ends.count(end) for end in set(ends)}, {end: more.count(end) for end in set(more)})
assert "killed" in ends + more and "succeeded" in ends + more
