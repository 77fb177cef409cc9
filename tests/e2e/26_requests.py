"""Fields of a request, each seen where it has to arrive."""

import base64

from enclave_test import Server, has_gvisor

BACKENDS = ["native"] + (["gvisor"] if has_gvisor() else [])
ECHO = """
import sys
enclave.result(list(sys.stdin.buffer.read()))
"""


def refused(server, status, code, **body):
    reply = server.request("POST", "/v1/sessions", body)
    assert (reply.status, reply.json["error"]["code"]) == (status, code), \
        reply.json


def test_standard_input_as_bytes():
    every = bytes(range(256))
    coded = base64.b64encode(every).decode()
    for backend in BACKENDS:
        with Server(backend=backend) as server:
            for text, wanted in ((coded, every), ("", b"")):
                reply = server.run({"language": "python", "code": ECHO,
                                    "stdinBase64": text})
                assert reply["result"]["json"] == list(wanted), reply
    with Server(backend="simulator") as server:
        refused(server, 400, "bad_request", code="1", stdin="a",
                stdinBase64="YQ==")
        refused(server, 400, "bad_request", code="1", stdinBase64="YQ=")
        large = base64.b64encode(bytes((1 << 20) + 1)).decode()
        refused(server, 413, "limit", code="1", stdinBase64=large)
