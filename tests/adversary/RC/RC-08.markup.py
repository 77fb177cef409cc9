# id: RC-08.markup   class: LEAK   kind: client
# Markup in every field that is shown again: it stays JSON, is called JSON, and
# no browser is let to guess otherwise.
from enclave_client import Client

client = Client()
EVIL = "</script><script>alert(1)</script><!--'\"><img src=x onerror=y>]]>"
session = client.run({"code": f"print({EVIL!r})\nenclave.result({EVIL!r})", "language": "python", "labels": {EVIL[:60]: EVIL}})
key = client.expect(201, "POST", "/v1/api-keys", {"name": EVIL, "scopes": ["sessions:read"]}).json
places = [f"/v1/sessions/{session['id']}", f"/v1/sessions/{session['id']}/result", f"/v1/sessions/{session['id']}/audit",
          "/v1/sessions", "/v1/api-keys", "/v1/sessions?x=%3Cscript%3E", "/v1/sessions?limit=%3Cscript%3E", "/v1/none"]
for place in places:
    reply = client.request("GET", place)
    assert reply.headers["Content-Type"] == "application/json", (place, reply.headers)
    assert reply.headers["X-Content-Type-Options"] == "nosniff", (place, reply.headers)
    assert reply.headers["Cache-Control"] == "no-store", (place, reply.headers)
    reply.json
for body in ({"code": "x", EVIL: 1}, {"code": "x", "language": EVIL}, {"code": "x", "backend": EVIL[:32]}, {"code": "x", "limits": {EVIL: 1}}):
    reply = client.request("POST", "/v1/sessions", body)
    assert reply.status == 400 and reply.headers["Content-Type"] == "application/json", reply.body
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
answer = client.raw(b"GET /v1/<script>alert(1)</script> HTTP/1.1\r\nHost: e\r\n\r\n")
assert answer.startswith(b"HTTP/1.1 400 ") and b"<script>" not in answer, answer
client.expect(200, "DELETE", f"/v1/api-keys/{key['id']}")
