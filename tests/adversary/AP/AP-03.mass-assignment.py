# id: AP-03.mass-assignment   class: ESC   kind: client
from enclave_client import Client
client = Client()
for field in ("orgId", "phase", "id", "createdAt", "killReason", "usage", "isAdmin", "audit", "tenantId"):
    reply = client.request("POST", "/v1/sessions", {"code": "pass", "language": "python", field: "x"})
    assert reply.status == 400 and reply.code == "unknown_field", (field, reply.status, reply.body)
    assert field in reply.json["error"]["message"], reply.body
reply = client.request("POST", "/v1/sessions", {"code": "pass", "language": "python", "limits": {"cores": 1}})
assert reply.status == 400 and reply.code == "unknown_field" and "cores" in reply.json["error"]["message"]
