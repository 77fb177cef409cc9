# id: AP-13.allowlist   class: EXFIL   kind: client
# No list of destinations, sensible or not, opens anything: until allowlists
# are there each is refused, and beside deny_all it is an error.
from enclave_client import Client

client = Client()
entries = ["0.0.0.0/0", "::/0", "10.0.0.0/33", "010.0.0.0/8", "1.2.3.4/-1", "*.com", "*", "a..b", "169.254.169.254", "127.0.0.1:80",
           "example.com:0", "example.com:65536", "xn--", "\u0435xample.com", "a b", "", "[::ffff:169.254.169.254]:80", "http://example.com/", "\u202e"]
total = client.expect(200, "GET", "/v1/sessions?limit=100").json["sessions"]
for allow in [[entry] for entry in entries] + [entries, ["a"] * 1025, ["a" * 301]]:
    reply = client.request("POST", "/v1/sessions", {"code": "pass", "egress": {"mode": "allowlist", "allow": allow}})
    assert (reply.status, reply.code) in ((501, "not_available"), (400, "bad_request")), (allow[:1], reply.status, reply.body)
    reply = client.request("POST", "/v1/sessions", {"code": "pass", "egress": {"mode": "deny_all", "allow": allow}})
    assert (reply.status, reply.code) == (400, "bad_request"), (allow[:1], reply.status, reply.body)
for egress in ({}, {"allow": []}, {"mode": "allow_all"}, {"mode": "DENY_ALL"}, {"mode": None}, [], "deny_all", {"mode": "deny_all", "deny": []}):
    reply = client.request("POST", "/v1/sessions", {"code": "pass", "egress": egress})
    assert reply.status == 400, (egress, reply.status, reply.body)
assert client.expect(200, "GET", "/v1/sessions?limit=100").json["sessions"] == total
