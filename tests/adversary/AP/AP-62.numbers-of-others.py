# id: AP-62.numbers-of-others   class: LEAK   kind: client
# The server's numbers are of all organisations. A key with every scope that an
# organisation can have reads none of them, and can't make itself one that does.
from enclave_client import Client

client = Client()
org = client.expect(201, "POST", "/v1/orgs", {"name": "counting"}).json["id"]
scopes = ["admin", "sessions:read", "sessions:write"]
key = client.expect(201, "POST", "/v1/api-keys", {"name": "counting", "orgId": org, "scopes": scopes}).json["key"]
own = {"Authorization": f"Bearer {key}"}
for path in ("/v1/metrics", "/v1/metrics?", "/metrics"):
    for method in ("GET", "HEAD"):
        reply = client.request(method, path, None, own)
        assert reply.status in (400, 401, 403, 404, 405), (method, path, reply.status, reply.body[:200])
        assert b"enclave_" not in reply.body, reply.body[:200]
for asked in (["metrics"], ["metrics", "sessions:read"], ["admin", "metrics"]):
    reply = client.request("POST", "/v1/api-keys", {"name": "more", "scopes": asked}, own)
    assert reply.status in (400, 403), (asked, reply.status, reply.body)
assert b"enclave_" in client.expect(200, "GET", "/v1/metrics").body
for one in client.expect(200, "GET", "/v1/api-keys", None, own).json["apiKeys"]:
    assert "metrics" not in one["scopes"], one
