# id: AP-22.same-name   class: ESC   kind: client
# One field, spelt twice in two ways: a reader that took the first and one that
# took the last would run different programs. Nobody runs any.
from enclave_client import Client

client = Client()
JSON = {"Content-Type": "application/json"}
pairs = [('"code":"a"', '"code":"b"'), ('"code":"a"', '"c\\u006fde":"b"'), ('"\\u0063ode":"a"', '"code":"b"'), ('"limits":{}', '"limits":{}'),
         ('"limits":{"cpu":1,"cpu":2}', '"x":1'), ('"labels":{"a":"1","\\u0061":"2"}', '"code":"a"'), ('"env":{"A":"1","A":"1"}', '"code":"a"')]
for one, two in pairs:
    reply = client.request("POST", "/v1/sessions", ("{%s,%s}" % (one, two)).encode(), JSON)
    assert (reply.status, reply.code) == (400, "bad_request"), (one, two, reply.status, reply.body)
# Names that only look the same are other names.
for name in ("Code", "code ", " code", "c\u043ede", "code\u200b", "code\\u0000"):
    reply = client.request("POST", "/v1/sessions", ('{"code":"a","backend":"nowhere","%s":"b"}' % name).encode(), JSON)
    assert reply.status == 400 and reply.code in ("unknown_field", "bad_request"), (name, reply.body)
    assert b"nowhere" not in reply.body, (name, reply.body)
