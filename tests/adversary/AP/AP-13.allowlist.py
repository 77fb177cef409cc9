# id: AP-13.allowlist   class: EXFIL   kind: client
# A list of destinations that makes no sense is refused whole, also as a
# replacement, and beside deny_all every list is an error. A session that was
# started without a way out never gets one.
from enclave_client import Client

client = Client()
wrong = ["10.0.0.0/33", "010.0.0.0/8", "1.2.3.4/-1", "a..b", "example.com:0", "example.com:65536", "\u0435xample.com", "a b", "",
         "http://example.com/", "\u202e", "*", "**.example.com", "a.*.example.com", "example.com:443:443", "[::1", "::1]", "1.2.3.4/8/8",
         "example.com\n", "-", ".", "*.", ":443", "[]:443", "a" * 300]
JSON = {"Content-Type": "application/json"}
total = client.expect(200, "GET", "/v1/sessions?limit=100").json["sessions"]
for allow in [[entry] for entry in wrong] + [wrong, ["example.com", *wrong], ["a"] * 1025, ["a" * 301]]:
    reply = client.request("POST", "/v1/sessions", {"code": "pass", "egress": {"mode": "allowlist", "allow": allow}})
    assert (reply.status, reply.code) == (400, "bad_request"), (allow[:1], reply.status, reply.body)
    reply = client.request("POST", "/v1/sessions", {"code": "pass", "egress": {"mode": "deny_all", "allow": allow}})
    assert (reply.status, reply.code) == (400, "bad_request"), (allow[:1], reply.status, reply.body)
wrong_objects = ({}, {"allow": []}, {"mode": "allow_all"}, {"mode": "DENY_ALL"}, {"mode": None}, [], "deny_all", {"mode": "deny_all", "deny": []})
for egress in wrong_objects:
    reply = client.request("POST", "/v1/sessions", {"code": "pass", "egress": egress})
    assert reply.status == 400, (egress, reply.status, reply.body)
assert client.expect(200, "GET", "/v1/sessions?limit=100").json["sessions"] == total

session = client.expect(201, "POST", "/v1/sessions", {"code": "import time; time.sleep(60)", "language": "python"}).json["id"]
target = f"/v1/sessions/{session}/egress"
for egress in (*(o for o in wrong_objects if o != "deny_all"), {"mode": "allowlist", "allow": wrong}, {"mode": "deny_all", "allow": ["example.com"]}):
    reply = client.request("PATCH", target, egress)
    assert reply.status == 400, (egress, reply.status, reply.body)
for egress in ({"mode": "allowlist", "allow": ["0.0.0.0/0", "::/0"]}, {"mode": "allowlist"}, {"mode": "deny_all"}):
    reply = client.request("PATCH", target, egress)
    assert (reply.status, reply.code) == (409, "conflict"), (egress, reply.status, reply.body)
assert client.expect(200, "GET", f"/v1/sessions/{session}").json["egress"] == {"mode": "deny_all", "allow": []}
client.request("DELETE", f"/v1/sessions/{session}")
