# id: AP-60.gone-askers   class: LATERAL   kind: client
# One idempotency key on many connections of two organisations, some of which go
# away before an answer, some that spell the same body in another way, some that
# wait; and all of it again after the end. Each organisation has one session.
import json
import secrets
import socket
from concurrent.futures import ThreadPoolExecutor
from enclave_client import Client

client = Client()
name = "k-" + secrets.token_hex(6)
bodies = [json.dumps({"language": "python", "code": "print(1)"}, separators=form) for form in ((",", ":"), (" ,  ", " : "))]
keys = []
for org in ("askers-a", "askers-b"):
    made = client.expect(201, "POST", "/v1/orgs", {"name": org}).json["id"]
    keys.append(client.expect(201, "POST", "/v1/api-keys", {
        "name": org, "orgId": made, "scopes": ["sessions:write", "sessions:read"]}).json["key"])


def ask(number):
    key, body = keys[number % 2], bodies[number % 7 == 3]
    path = "/v1/sessions" + ("?wait=20s" if number % 3 == 0 else "")
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": name, "Content-Type": "application/json"}
    if number % 5 != 4:
        reply = client.request("POST", path, body, headers)
        return number % 2, reply.status, reply.json.get("id")
    lines = "".join(f"{field}: {value}\r\n" for field, value in headers.items())
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(client.path)
        s.sendall(f"POST {path} HTTP/1.1\r\nHost: e\r\n{lines}Content-Length: {len(body)}\r\n\r\n{body}".encode())
    return number % 2, 0, None


replies = []
for _ in range(2):
    with ThreadPoolExecutor(20) as pool:
        replies += pool.map(ask, range(40))
assert {status for _, status, _ in replies} <= {0, 200, 201, 202, 409}, replies
ids = [{one for org, status, one in replies if org == which and status in (200, 201, 202)} for which in (0, 1)]
assert len(ids[0]) == len(ids[1]) == 1 and ids[0] != ids[1], ids
for which, key in enumerate(keys):
    found = client.expect(200, "GET", "/v1/sessions", None, {"Authorization": f"Bearer {key}"}).json["sessions"]
    assert {one["id"] for one in found} == ids[which], (found, ids)
