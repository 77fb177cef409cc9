# id: RS-19.limits   class: HOSTDOS   kind: client
# What is no limit, or is beyond the largest, is refused by name with a stable
# code, and nothing starts; both ends of each range are taken.
import json
from enclave_client import Client

client = Client()
schema = json.loads(client.expect(200, "GET", "/v1/openapi.json").body)
limits = schema["components"]["schemas"]["CreateSessionRequest"]["properties"]["limits"]["properties"]
BAD = ["0", "-1", "-0", "9223372036854775807", "9223372036854775808", "-9223372036854775809", "18446744073709551616",
       "1e308", "-1e308", "1e309", '"64"', '""', "null", "[]", "{}", "[64]", "true", "false", "1e2.", "0x40", "+1", "01"]
before = len(client.expect(200, "GET", "/v1/sessions?limit=100").json["sessions"])


def post(name, value):
    body = '{"code":"pass","language":"python","limits":{"%s":%s}}' % (name, value)
    return client.request("POST", "/v1/sessions", body.encode(), {"Content-Type": "application/json"})


for name, row in limits.items():
    bad = BAD + [str(row["maximum"] + 1), str(row["minimum"] - 1)]
    if row["type"] == "integer":
        bad += ["1.5", "0.1", str(row["minimum"]) + ".5"]
    for value in bad:
        reply = post(name, value)
        assert reply.status == 400, (name, value, reply.status, reply.body)
        try:
            json.loads(value)
        except ValueError:
            assert reply.code in ("bad_request",), (name, value, reply.body)
            continue
        assert reply.code in ("bad_limits", "bad_request"), (name, value, reply.body)
    for value in ("NaN", "Infinity", "-Infinity"):
        assert post(name, value).status == 400, (name, value)
for name in ("memory", "memoryMB", "MEMORYMB", "", "cpu ", "__proto__", "gpu"):
    reply = post(name, "64")
    assert (reply.status, reply.code) == (400, "bad_limits") or reply.code == "unknown_field", (name, reply.body)
reply = client.request("POST", "/v1/sessions", b'{"code":"pass","language":"python","limits":{"cpu":1,"cpu":2}}',
                       {"Content-Type": "application/json"})
assert reply.status == 400, reply.body
assert len(client.expect(200, "GET", "/v1/sessions?limit=100").json["sessions"]) == before
for name, row in limits.items():
    assert post(name, row["minimum"]).status == 201, (name, row)
