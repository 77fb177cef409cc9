# id: AP-21.media-types   class: MISLABEL   kind: client
# Bodies that say they are something else, or JSON of another character set:
# one reading, or none.
from enclave_client import Client

client = Client()
body = '{"code":"pass","backend":"nowhere"}'
for kind in ("text/json", "application/jsonx", "application/json5", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application", "json", "*/*", "application/xml"):
    reply = client.request("POST", "/v1/sessions", body.encode(), {"Content-Type": kind})
    assert (reply.status, reply.code) == (415, "unsupported_media_type"), (kind, reply.status, reply.body)
for kind in ("application/json", "Application/JSON", "application/json; charset=utf-8", "application/json;charset=utf-16"):
    reply = client.request("POST", "/v1/sessions", body.encode(), {"Content-Type": kind})
    assert reply.status == 400 and b"nowhere" in reply.body, (kind, reply.status, reply.body)
for text in (body.encode("utf-16"), body.encode("utf-32"), b"\xef\xbb\xbf" + body.encode(), b"\x1f\x8b\x08" + body.encode(), body.encode("utf-7").replace(b"{", b"+AHs-")):
    reply = client.request("POST", "/v1/sessions", text, {"Content-Type": "application/json", "Content-Encoding": "gzip"})
    assert (reply.status, reply.code) == (400, "bad_request"), (text[:8], reply.status, reply.body)
