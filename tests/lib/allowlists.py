"""Sessions with an allowlist in end-to-end tests.

Destinations are really there (world.py). A program tries them, and the record
says what became of each.
"""

import contextlib
import json

from enclave_test import Server
from leftovers import read_text
from world import World

SITE, OTHER = "93.184.215.20", "93.184.215.21"
SITE_V6 = "2606:2800:21f:cb07::20"

# What each destination comes to: [URL or host:port, SNI or Host or ""].
REACH = r"""
import json, socket, ssl, sys

def plain(host, port, said):
    with socket.create_connection((host, port), 20) as one:
        one.settimeout(20)
        one.sendall(said)
        found = b""
        while len(found) < 4000 and (data := one.recv(4000)):
            found += data
        return found.decode("latin-1").split("\r\n")[0]

def tls(host, port, name):
    context = ssl.create_default_context(cafile="/work/ca.pem")
    if name is None:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    with socket.create_connection((host, port), 20) as one:
        one.settimeout(20)
        with context.wrap_socket(one, server_hostname=name) as inner:
            inner.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            return inner.recv(4000).decode("latin-1").split("\r\n")[0]

found = []
for kind, host, port, said in json.loads(sys.argv[1]):
    try:
        if kind == "tls":
            found.append(tls(host, port, said))
        elif kind == "http":
            found.append(plain(host, port, (
                "GET / HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n"
                % said).encode()))
        else:
            found.append(plain(host, port, said.encode("latin-1")))
    except Exception as error:
        found.append(type(error).__name__)
import enclave
enclave.result(found)
"""


@contextlib.contextmanager
def world_and_server(backend="native", **more):
    with World() as world, Server(backend=backend, wrapper=world.inside,
                                  **more) as server:
        yield world, server


def request(code, allow, *args, files=(), **more):
    return {"code": code, "language": "python", "args": list(args),
            "egress": {"mode": "allowlist", "allow": list(allow)},
            "files": [{"path": path, "content": text}
                      for path, text in files], **more}


def reach(world, server, allow, *tries):
    """What the tries come to, and the session's egress events."""
    files = [("ca.pem", world.ca)]
    session = server.run(request(REACH, allow, json.dumps(tries), files=files))
    assert session["outcome"] == "succeeded", session
    return session["result"]["json"], egress_of(server, session["id"])


def egress_of(server, session):
    _, events = server.audit(session)
    return [(event["type"], event["data"]) for event in events
            if event["type"].startswith(("egress_", "flows_"))]


def told(events, kind, **members):
    """The events of a kind that have all these members."""
    return [data for name, data in events if name == kind and all(
        data[key] == value for key, value in members.items())]


def sums(server, session):
    _, events = server.audit(session)
    usage, = (event["data"] for event in events
              if event["type"] == "usage_metered")
    return usage["egressAllowed"], usage["egressDenied"]


def gates(server):
    return [(pid, name) for pid in server.children()
            if (name := read_text(f"/proc/{pid}/comm").strip()) ==
            "enclave-gate"]
