"""Fields of a request, each seen where it has to arrive."""

import base64
import errno
import resource

from enclave_test import Server, has_gvisor

BACKENDS = ["native"] + (["gvisor"] if has_gvisor() else [])
ECHO = """
import sys
enclave.result(list(sys.stdin.buffer.read()))
"""


def refused(server, status, error, **body):
    reply = server.request("POST", "/v1/sessions", body)
    assert (reply.status, reply.json["error"]["code"]) == (status, error), \
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


OPEN = """
import os, resource
fds, most = [], resource.getrlimit(resource.RLIMIT_NOFILE)
try:
    while len(fds) < 70000:
        fds.append(os.open("/dev/null", os.O_RDONLY))
except OSError as e:
    error = e.errno
last = fds[-1] + 1
for fd in fds:
    os.close(fd)
enclave.result([most[0], most[1], last, error])
"""


def test_open_files_end_at_the_limit():
    # As many as the machine lets its root have.
    most = min(65536, resource.getrlimit(resource.RLIMIT_NOFILE)[1])
    for backend in BACKENDS:
        with Server(backend=backend, pool=1) as server:
            server.wait_for_pools()
            for limits, wanted in (({}, 1024), ({"openFiles": 16}, 16),
                                   ({"openFiles": most}, most)):
                session = server.run({"language": "python", "code": OPEN,
                                      "limits": limits})
                assert session["result"]["json"] == [
                    wanted, wanted, wanted, errno.EMFILE], session
                assert session["limits"]["openFiles"] == wanted, session
    with Server(backend="simulator") as server:
        for value in (15, 65537, 100.5):
            refused(server, 400, "bad_limits", code="1",
                    limits={"openFiles": value})
