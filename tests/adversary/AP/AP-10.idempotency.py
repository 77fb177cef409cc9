# id: AP-10.idempotency   class: LATERAL   kind: client
# A hundred at once with one key make one session; another body is a conflict;
# another tenant's key of the same name is another key.
import json
import secrets
from concurrent.futures import ThreadPoolExecutor
from enclave_client import Client

client = Client()
name = "k-" + secrets.token_hex(6)
body = json.dumps({"code": "print(1)", "language": "python", "labels": {"once": name}})
headers = {"Idempotency-Key": name, "Content-Type": "application/json"}
with ThreadPoolExecutor(50) as pool:
    replies = list(pool.map(lambda i: client.request("POST", "/v1/sessions?wait=60s" if i % 2 else "/v1/sessions", body, headers), range(100)))
assert {r.status for r in replies} <= {201, 202}, {r.status for r in replies}
ids = {r.json["id"] for r in replies}
assert len(ids) == 1, ids
assert len(client.expect(200, "GET", f"/v1/sessions?label=once:{name}").json["sessions"]) == 1
for other in (body + " ", body.replace("print(1)", "print(2)"), "{}"):
    reply = client.request("POST", "/v1/sessions", other, headers)
    assert (reply.status, reply.code) in ((409, "idempotency_conflict"), (400, "bad_request")), reply.body
org = client.expect(201, "POST", "/v1/orgs", {"name": "idem"}).json["id"]
key = client.expect(201, "POST", "/v1/api-keys", {"name": "i", "orgId": org, "scopes": ["sessions:write", "sessions:read"]}).json["key"]
reply = client.expect(201, "POST", "/v1/sessions?wait=60s", body, {**headers, "Authorization": f"Bearer {key}"})
assert reply.json["id"] not in ids, reply.body
for bad in ("", "x" * 5000):
    reply = client.request("POST", "/v1/sessions", body, {**headers, "Idempotency-Key": bad})
    assert reply.status == 400, (bad[:9], reply.status)
