# id: AP-08.json   class: HOSTDOS   kind: client
from enclave_client import Client
client = Client()
bad = [b"", b"{", b"[]", b"null", b"1", b'{"code": "pass", "code": "pass"}', b'{"code": pass}', b"[" * 100000,
       b'{"a":' * 1000 + b"1" + b"}" * 1000, b"\xff\xfe{\0}\0", b'{"code": "\xff"}', b'{"code": "\\ud800"}',
       b'{"code": 1}', b'{"code": null}', b'{"code": ["pass"]}', b'{"code": "pass"} x', b'{"code": "pa\x00ss"}',
       b'{"code":"pass","language":"ruby"}', b'{"code":"pass","language":"python\\u0000"}', b'{"language":"python"}',
       b'{"code":"pass","language":"python","limits":[]}', b'{"code":"pass","language":"python","env":{"ENCLAVE_X":"x"}}',
       b'{"code":"pass","language":"python","env":{"A=B":"x"}}', b'{"code":"pass","language":"python","env":{"":"x"}}',
       b'{"code":"pass","language":"python","files":[{"path":"../x","content":""}]}',
       b'{"code":"pass","language":"python","files":[{"path":"/etc/x","content":""}]}',
       b'{"code":"pass","language":"python","files":[{"path":"a//b","content":""}]}',
       b'{"code":"pass","language":"python","environment":"../default"}',
       b'{"code":"pass","language":"python","backend":"simulator2"}']
for body in bad:
    reply = client.request("POST", "/v1/sessions", body, {"Content-Type": "application/json"})
    assert 400 <= reply.status < 500 and reply.code, (body[:80], reply.status, reply.body[:200])
reply = client.request("POST", "/v1/sessions", b'{"code":"pass"}', {"Content-Type": "text/plain"})
assert reply.status == 415, reply.status
reply = client.request("POST", "/v1/sessions", {"code": "pass", "language": "python", "egress": {"mode": "allowlist", "allow": ["a b"]}})
assert reply.status == 400 and reply.code == "bad_request", (reply.status, reply.body)
