# id: AP-20.schema   class: HOSTDOS   kind: client
# Every field of every request that openapi.json knows: missing, null, of
# every other type, at its edges and past them, huge, in Unicode. The answer is
# never a 5xx but 501, and its code is the one that the schema implies.
from enclave_client import Client
from schema_cases import Cases

client = Client()
document = client.expect(200, "GET", "/v1/openapi.json").json
cases = Cases(document)
JSON = {"Content-Type": "application/json"}
# A session that nobody serves: what the schema lets through starts nothing.
NOWHERE = {"code": "pass", "backend": "nowhere"}
BASES = {"createSession": NOWHERE, "createKey": {"name": "k"}, "createOrg": {"name": "o"}, "setQuota": {},
         "replaceEgress": {"mode": "deny_all"},
         "createBinding": {"name": "x", "upstream": "https://a", "injection": {"scheme": "none"}},
         "updateBinding": {}, "setSecret": {"secret": "x" * 16},
         "pruneSessions": {"olderThanSeconds": 10 ** 9, "dryRun": True}}


def allowed(operation, name):
    """What may be said of a body that the schema has nothing against."""
    if operation == "createSession":
        return {"bad_request", "limit", "not_available"}
    if operation == "replaceEgress":
        return {"bad_request", "not_found"}
    if operation == "createBinding":
        return {None, "bad_request", "conflict", "quota_exceeded", "not_available"}
    if operation in ("updateBinding", "setSecret"):
        return {"not_found"}
    return {"not_found"} if name.startswith("orgId") else {None}


tried = 0
for path, item in document["paths"].items():
    for method, spec in item.items():
        if method == "parameters" or "requestBody" not in spec:
            continue
        operation = spec["operationId"]
        schema = spec["requestBody"]["content"]["application/json"]["schema"]
        for name, body, code in cases.bodies(schema, BASES[operation]):
            replies = [client.request(method.upper(), "/v1" + path.replace("{id}", "o-1"), body, JSON) for _ in range(2 if code else 1)]
            for reply in replies:
                what = (operation, name, code, reply.status, reply.body[:300])
                assert reply.status < 500 or reply.code == "not_available", what
                wanted = {code} if code is not None else allowed(operation, name)
                assert reply.code in wanted, what
                if operation == "createSession" and code is None and reply.code == "bad_request" and not name.startswith(("backend", "command", "code", "egress", "environment", "files", "env", "language")):
                    assert "nowhere" in reply.json["error"]["message"], what
            tried += 1
assert tried > 400, tried
client.expect(200, "PUT", "/v1/orgs/o-1/quota", b"{}", JSON)

# Every parameter of every route: garbage is 400 and changes nothing.
for path, item in document["paths"].items():
    for method, spec in item.items():
        if method != "get":
            continue
        known = [p for p in map(cases.resolve, spec.get("parameters", [])) if p["in"] == "query"]
        target = "/v1" + path.replace("{id}", "s-0000000000-1")
        for query in ["nothing=1", "=", "&&&=", "%00=1", "a" * 4000 + "=1",
                      *[f"{p['name']}={v}" for p in known for v in ("%00", "%", "%zz", "", "%F0%9F%94%92" * 50)],
                      # any short text is right where the schema says no more
                      *[f"{p['name']}={v}" for p in known for v in ("-1", "1e9") if "maxLength" not in p["schema"]],
                      *[f"{p['name']}=1&{p['name']}=1" for p in known]]:
            reply = client.request("GET", f"{target}?{query}")
            assert reply.status in (400, 404), (path, query, reply.status, reply.body[:300])
        for bad in ("x", "..", "%2e%2e", "%00", "a" * 5000, "S-0", "s-0f%2f", "-", "_" * 63, ";"):
            if "{id}" in path:
                reply = client.request("GET", "/v1" + path.replace("{id}", bad))
                assert reply.status == 404 and reply.code == "not_found", (path, bad, reply.status, reply.body[:300])
assert client.request("GET", "/v1/healthz").status == 200
