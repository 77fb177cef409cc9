# id: XS-07.foreign-ids   class: LATERAL   kind: client
# Another organisation's session is the same 404 as one that never was.
import json
from enclave_client import Client
client = Client()
org = client.expect(201, "POST", "/v1/orgs", {"name": "other"}).json["id"]
key = client.expect(201, "POST", "/v1/api-keys", {"name": "other", "orgId": org,
                    "scopes": ["sessions:read", "sessions:write"]}).json["key"]
mine = client.run({"code": "pass", "language": "python"})["id"]
other = {"Authorization": f"Bearer {key}"}
for method, suffix in (("GET", ""), ("GET", "/result"), ("GET", "/audit"),
                       ("GET", "/stream"), ("DELETE", ""), ("GET", "/audit?format=bundle")):
    foreign = client.request(method, f"/v1/sessions/{mine}{suffix}", headers=other)
    unknown = client.request(method, f"/v1/sessions/{mine[:-1]}99{suffix}", headers=other)
    assert foreign.status == unknown.status == 404, (method, suffix, foreign.status)
    strip = lambda r: {**r.json["error"], "requestId": None, "message": r.json["error"]["message"].replace(mine[:-1] + "99", mine)}
    assert strip(foreign) == strip(unknown), (foreign.body, unknown.body)
assert client.request("GET", f"/v1/sessions/{mine}").status == 200
