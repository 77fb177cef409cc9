# id: AP-18.lists   class: LEAK   kind: client
from enclave_client import Client
client = Client()
for query in ("limit=0", "limit=-1", "limit=1000000000", "limit=101", "limit=x", "cursor=garbage", "cursor='--", "phase=unknown",
              "since=yesterday", "nothing=1", "limit=1&limit=2", "phase=%00", "label=' OR 1=1"):
    reply = client.request("GET", f"/v1/sessions?{query.replace(' ', '%20')}")
    assert reply.status == 400, (query, reply.status, reply.body)
ids = [client.run({"code": "pass", "language": "python", "labels": {"list": "yes"}})["id"] for _ in range(3)]
page = client.expect(200, "GET", "/v1/sessions?limit=2").json
assert len(page["sessions"] if "sessions" in page else page["items"]) == 2, page
