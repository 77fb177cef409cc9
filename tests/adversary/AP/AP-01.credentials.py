# id: AP-01.credentials   class: LEAK   kind: client
# Over TCP every route wants a key; the shape of the refusal never varies.
from enclave_client import Client
client = Client()
key = client.expect(201, "POST", "/v1/api-keys", {"name": "reader", "scopes": ["sessions:read"]}).json["key"]
def ask(headers, method="GET", path="/v1/sessions", body=None):
    return client.request(method, path, body, headers={**headers})
bad = ["Bearer", "Bearer ", "Bearer x", "Bearer ek_1_2", f"bearer{key}", f"Bearer {key[:-1]}", f"Bearer {key}x",
       f"Basic {key}", "Bearer eyJhbGciOiJub25lIn0.e30.", f"Bearer {key} {key}"]
for value in bad:
    reply = ask({"Authorization": value})
    assert reply.status == 401 and reply.code == "unauthorized", (value, reply.status, reply.body)
assert ask({"Authorization": f"Bearer {key}"}).status == 200
reply = ask({"Authorization": f"Bearer {key}"}, "POST", "/v1/sessions", {"code": "pass", "language": "python"})
assert reply.status == 403, (reply.status, reply.body)
