# id: AP-23.base64   class: COMPAT   kind: client
# A file in base64 is exactly its bytes, or the request is refused: no blank, no
# padding in the middle, no bit left over, no other alphabet.
import base64
import hashlib
import os
from enclave_client import Client

client = Client()


def request(text):
    return {"command": ["/usr/bin/sha256sum", "/work/f"], "environment": "default",
            "files": [{"path": "f", "contentBase64": text}]}


for text in ("QQ==QQ==", "QQ=QQQ==", " QQ==", "QQ==\n", "\tQQ==", "QQ", "QQ=", "QR==", "QUJ=", "====", "=", "QUI-", "QUI_",
             "QQ==" * 3, "QUJD QUJD", "QUJD\r\nQUJD", "QQ\u0000=", "\u00c4A=="):
    reply = client.request("POST", "/v1/sessions", request(text))
    assert (reply.status, reply.code) == (400, "bad_request"), (text, reply.status, reply.body)
    assert b"base64" in reply.body or b"NUL" in reply.body, reply.body
for size in (0, 1, 2, 3, 4, 1000, 1 << 20):
    content = os.urandom(size)
    code = "import hashlib; enclave.result(hashlib.sha256(open('/work/f', 'rb').read()).hexdigest())"
    session = client.run({"code": code, "language": "python", "files": [
        {"path": "f", "contentBase64": base64.b64encode(content).decode()}]})
    assert session["result"]["json"] == hashlib.sha256(content).hexdigest(), (size, session)
