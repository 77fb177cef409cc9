# id: AP-02.idor   class: LATERAL   kind: client
# Another tenant tries each id of ours in each place that takes one: path,
# query, body, header, cursor, idempotency key, Last-Event-ID.
from enclave_client import Client

client = Client()
org = client.expect(201, "POST", "/v1/orgs", {"name": "idor"}).json["id"]
key = client.expect(201, "POST", "/v1/api-keys", {"name": "idor", "orgId": org, "scopes": ["admin"]}).json["key"]
other = {"Authorization": f"Bearer {key}"}
body = {"code": "print('ours')", "language": "python", "labels": {"whose": "ours"}}
ours = client.expect(201, "POST", "/v1/sessions?wait=60s", body, {"Idempotency-Key": "idor-1"}).json["id"]
newer = client.run({**body, "code": "print('newer')"})["id"]
our_key = client.expect(201, "POST", "/v1/api-keys", {"name": "ours", "scopes": ["sessions:read"]}).json
before = client.expect(200, "GET", f"/v1/sessions/{ours}").json
for method, path in (("GET", ""), ("DELETE", ""), ("GET", "/result"), ("GET", "/audit"), ("GET", "/audit?format=bundle"), ("GET", "/stream")):
    client.expect(404, method, f"/v1/sessions/{ours}{path}", None, other)
reply = client.expect(404, "DELETE", f"/v1/api-keys/{our_key['id']}", None, other)
client.expect(404, "POST", "/v1/api-keys", {"name": "x", "orgId": "o-1", "scopes": ["admin"]}, other)
client.expect(403, "POST", "/v1/orgs", {"name": "x"}, other)
client.expect(200, "GET", "/v1/sessions", None, {"Authorization": f"Bearer {our_key['key']}"})
page = client.expect(200, "GET", "/v1/sessions?limit=1").json
for query in ("", f"?cursor={page['nextCursor']}", "?label=whose:ours", "?phase=torn_down"):
    reply = client.expect(200, "GET", f"/v1/sessions{query}", None, other)
    assert reply.json["sessions"] == [], (query, reply.body)
for path in ("/v1/api-keys", "/v1/orgs"):
    reply = client.expect(200, "GET", path, None, other)
    assert b'"o-1"' not in reply.body and our_key["id"].encode() not in reply.body, reply.body
# The same idempotency key and the same body: a session of their own.
theirs = client.expect(201, "POST", "/v1/sessions?wait=60s", body, {**other, "Idempotency-Key": "idor-1"}).json["id"]
assert theirs not in (ours, newer), theirs
# The position in our stream, used on theirs.
stream = client.expect(200, "GET", f"/v1/sessions/{ours}/stream").body.decode()
place = stream.split("id: ")[3].split("\n")[0]
reply = client.expect(200, "GET", f"/v1/sessions/{theirs}/stream", None, {**other, "Last-Event-ID": place})
assert ours not in reply.body.decode(), reply.body
assert client.expect(200, "GET", f"/v1/sessions/{ours}").json == before
client.expect(404, "GET", f"/v1/sessions/{theirs}")
