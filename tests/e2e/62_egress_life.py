"""Egress from a session's first instruction to its last, and at its limits.

Lists that are malformed or missing, sessions beside each other, and ten
thousand connections.
"""

import base64
import contextlib
import os
import subprocess
import tempfile
import threading
from pathlib import Path

from allowlists import (OTHER, SITE, egress_of, gates, request, told,
                        world_and_server)
from bindings import Upstream, bind, denied
from enclave_test import need_gvisor, wait_until
from world_names import Name
from world_origins import echo, http

# What each says of egress, and what it must come to: refused with the name of
# a member, or a session that reaches nothing.
NOTHING = [
    ({}, None), ({"egress": {"mode": "deny_all"}}, None),
    ({"egress": {"mode": "deny_all", "allow": []}}, None),
    ({"egress": {"mode": "allowlist"}}, None),
    ({"egress": {"mode": "allowlist", "allow": []}}, None),
    ({"egress": {}}, "egress.mode"), ({"egress": None}, "egress"),
    ({"egress": []}, "egress"), ({"egress": True}, "egress"),
    ({"egress": "allowlist"}, "egress"), ({"egress": [SITE]}, "egress"),
    ({"egress": {"mode": None}}, "egress.mode"),
    ({"egress": {"mode": ""}}, "egress.mode"),
    ({"egress": {"mode": True, "allow": [SITE]}}, "egress.mode"),
    ({"egress": {"allow": [SITE]}}, "egress.mode"),
    ({"egress": {"mode": None, "allow": [SITE]}}, "egress.mode"),
    *(({"egress": {"mode": mode, "allow": [SITE]}}, "egress.mode")
      for mode in ("ALLOWLIST", "allowlist ", "allow_list", "allow-list",
                   "allow_all", "open", "all", "none", "*")),
    *(({"egress": {"mode": "allowlist", name: [SITE]}}, f"egress.{name}")
      for name in ("allow_list", "allowlist", "Allow", "allowed", "allow ",
                   "hosts", "rules")),
    ({"egress": {"mode": "allowlist", "Mode": "allowlist"}}, "egress.Mode"),
    *(({"egress": {"mode": "allowlist", "allow": allow}}, "egress.allow")
      for allow in (None, SITE, True, 1, {}, {SITE: True})),
    *(({"egress": {"mode": "allowlist", "allow": [entry]}}, "egress.allow")
      for entry in ("", "*", "**", "*.*", "0", "0.0.0.0/0.0.0.0",
                    "http://" + SITE, SITE + ":*", SITE + ":", SITE + ":0",
                    " " + SITE, None, True, 0, [SITE], {"host": SITE},
                    "localhost:8080", "127.0.0.1", "[::1]:80")),
    ({"egress": {"mode": "deny_all", "allow": [SITE]}}, "egress.allow"),
    *(({name: {"mode": "allowlist", "allow": [SITE]}}, name)
      for name in ("Egress", "egres", "network", "egressPolicy")),
    ({"allow": [SITE]}, "allow")]
TRY = r"""
import json, socket, enclave
found = []
for host in ("93.184.215.20", "site.example.com"):
    try:
        with socket.create_connection((host, 8080), 20) as end:
            end.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            found.append(end.recv(100).decode())
    except OSError as error:
        found.append(type(error).__name__)
enclave.result(found)
"""


def test_a_list_that_is_none():
    """Nothing is guessed: it is refused by name, or nothing is reached."""
    with world_and_server() as (world, server):
        world.names["site.example.com"] = Name(a=[SITE])
        world.serve(SITE, 8080, http(b"reached"))
        faults = []
        for body, field in NOTHING:
            reply = server.request(
                "POST", "/v1/sessions?wait=60s",
                {"code": TRY, "language": "python", **body})
            if field is None:
                found = reply.status == 201 and reply.json["result"]["json"]
                fine = found == ["ConnectionResetError"] * 2
            else:
                fine = reply.status == 400 and reply.json["error"][
                    "details"]["field"].removesuffix(".0") == field
            if not fine:
                faults.append((body, reply.status, reply.body[:300]))
        assert not faults, "\n".join(map(str, faults))
        assert not world.packets() and not world.queries, world.packets()
        assert len(server.request("GET", "/v1/sessions").json[
            "sessions"]) == len([1 for _, field in NOTHING if not field])


LED = r"""
import socket, sys
lead = socket.create_connection((sys.argv[1], 1), 20)
def ask(port):
    try:
        with socket.create_connection((sys.argv[1], port), 20) as end:
            end.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            return end.recv(15).decode()
    except OSError as error:
        return type(error).__name__
found = [ask(2), ask(3)]
lead.sendall(b"first")
lead.recv(1)
found += [ask(2), ask(3)]
lead.sendall(b"second")
import enclave
enclave.result(found + [lead.recv(100).decode()])
"""


def test_a_wrong_list_replaces_nothing():
    """The former one goes on, for what is open and for what is new."""
    with world_and_server() as (world, server):
        lead = world.serve(SITE, 1, lambda one: [one.read_exactly(11),
                                                 one.send(b"bye")])
        for port in (2, 3):
            world.serve(SITE, port, http(b"reached"))
        allow = [SITE + ":1", SITE + ":2"]
        session = server.request("POST", "/v1/sessions", request(
            LED, allow, SITE)).json["id"]
        path = f"/v1/sessions/{session}"
        wait_until(lambda: lead.connections and lead.connections[0].count == 5,
                   30, "the first tries")
        refused = []
        for body, field in NOTHING:
            if "egress" not in body or field in (None, "egress"):
                continue
            if field == "egress.allow" and body["egress"].get("allow") == []:
                continue
            reply = server.request("PATCH", path + "/egress", body["egress"])
            assert reply.status == 400, (body, reply.status, reply.body)
            refused.append(reply.json["error"]["message"])
        for text in (b"", b"null", b"[]", b'{"mode":"allowlist","allow":["',
                     b'{"mode":"allowlist","mode":"allowlist"}'):
            reply = server.request("PATCH", path + "/egress", text, {
                "Content-Type": "application/json"})
            assert reply.status == 400, (text, reply.status, reply.body)
            refused.append(reply.json["error"]["message"])
        assert server.request("GET", path).json["egress"]["allow"] == allow
        lead.connections[0].send(b"1")
        wait_until(lambda: server.request("GET", path).json["outcome"], 30,
                   "the end")
        session = server.request("GET", path).json
        assert session["result"]["json"] == [
            "HTTP/1.1 200 OK", "ConnectionResetError"] * 2 + ["bye"], session
        events = egress_of(server, session["id"])
        assert not told(events, "egress_replaced"), events
        kept = told(events, "egress_kept")
        assert [one["reason"] for one in kept] == refused, (kept, refused)
        assert all(one["by"] == f"uid:{os.geteuid()}" for one in kept), kept
        assert not told(events, "flows_cut"), events


FIRST = r"""
#include <arpa/inet.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>
int main(void)
{
	int answered[2] = { 0, 0 };
	for (int i = 0; i < 100; i++) {
		struct sockaddr_in to = { .sin_family = AF_INET,
					  .sin_port = htons(1) };
		int fd = socket(AF_INET, SOCK_STREAM, 0);
		char byte = 'x';
		inet_pton(AF_INET, i % 2 ? "93.184.215.20" : "93.184.215.21",
			  &to.sin_addr);
		if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0 &&
		    send(fd, &byte, 1, MSG_NOSIGNAL) == 1 &&
		    recv(fd, &byte, 1, 0) == 1)
			answered[i % 2]++;
		close(fd);
	}
	printf("%d %d\n", answered[0], answered[1]);
	return 0;
}
"""


def first_instruction(backend, pool):
    """From the first instruction on it is exactly the list."""
    with tempfile.TemporaryDirectory() as folder, \
            world_and_server(backend, pool=pool) as (world, server):
        program = Path(folder, "first")
        subprocess.run(["cc", "-static", "-O1", "-w", "-x", "c", "-o",
                        program, "-"], input=FIRST, text=True, check=True)
        own = world.serve(SITE, 1, echo)
        other = world.serve(OTHER, 1, echo)
        body = {"command": ["/work/first"], "files": [{
            "path": "first", "mode": "0755", "contentBase64":
            base64.b64encode(program.read_bytes()).decode()}],
            "egress": {"mode": "allowlist", "allow": [SITE]}}
        found = []
        threads = [threading.Thread(target=lambda: found.append(
            server.run(body))) for _ in range(8)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        assert [one["result"]["stdout"] for one in found] == ["0 50\n"] * 8, (
            found)
        assert len(own.connections) == 400 and not other.connections
        assert not world.packets_to(OTHER), world.packets()
        for one in found:
            events = egress_of(server, one["id"])
            for kind in ("egress_allowed", "egress_denied"):
                assert sum(data["count"] for data in told(
                    events, kind)) == 50, (kind, events)


def test_the_first_instruction():
    first_instruction("native", 0)


def test_the_first_instruction_of_one_that_waited():
    first_instruction("native", 4)


def test_the_first_instruction_in_gvisor():
    need_gvisor()
    first_instruction("gvisor", 0)


TWIN = r"""
import ctypes, json, socket, sys
own, others, other_id = sys.argv[1:]
ctypes.CDLL(None).prctl(15, b"enclave-gate", 0, 0, 0)
def ask(host, port, own_port):
    try:
        with socket.socket() as end:
            end.settimeout(20)
            end.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            end.bind(("", own_port))
            end.connect((host, port))
            name = "api.svc.enclave.internal" if port == 80 else "x"
            end.sendall(("GET / HTTP/1.1\r\nHost: %s\r\n"
                         "X-Enclave-Session: %s\r\nX-Session-Id: %s\r\n"
                         "X-Forwarded-For: 198.18.0.9\r\n"
                         "Connection: close\r\n\r\n"
                         % (name, other_id, other_id)).encode())
            data = end.recv(4000)
            return data.decode("latin-1").split("\r\n")[0]
    except OSError as error:
        return type(error).__name__
found = [ask(own, 8080, 41000)]
lead = socket.create_connection((own, 1), 20)
lead.sendall(b"here")
lead.recv(1)
found += [ask(own, 8080, 41001), ask(others, 8080, 41002),
          ask("api.svc.enclave.internal", 80, 41003)]
import enclave
enclave.result(found)
"""


def two_sessions(backend):
    """From one address and port, with the other's name: each has its own."""
    with world_and_server(backend) as (world, server):
        both = threading.Barrier(2)
        leads = [world.serve(host, 1, lambda one: [
            one.read_exactly(4), both.wait(20), one.send(b"1")])
            for host in (SITE, OTHER)]
        for host in (SITE, OTHER):
            world.serve(host, 8080, http(b"reached"))
        upstream = Upstream()
        world.serve("93.184.215.22", 8080, upstream)
        bind(server, "api", "http://93.184.215.22:8080")
        ids = []
        for own, others, bindings in ((SITE, OTHER, ["api"]),
                                      (OTHER, SITE, [])):
            ids.append(server.request("POST", "/v1/sessions", request(
                TWIN, [own], own, others, ids[0] if ids else "s-1",
                serviceBindings=bindings)).json["id"])
        wanted = {ids[0]: ["HTTP/1.1 200 OK"] * 2 + [
            "ConnectionResetError", "HTTP/1.1 200 OK"],
            ids[1]: ["HTTP/1.1 200 OK"] * 2 + [
                "ConnectionResetError", "HTTP/1.1 403 Forbidden"]}
        for session, result in wanted.items():
            path = f"/v1/sessions/{session}"
            wait_until(lambda path=path: server.request(
                "GET", path).json["outcome"], 60, "the end")
            found = server.request("GET", path).json
            assert found["result"]["json"] == result, found
        assert len(leads[0].connections) == len(leads[1].connections) == 1
        assert len(upstream.requests) == 1, upstream.heads
        for session, own, others in ((ids[0], SITE, OTHER),
                                     (ids[1], OTHER, SITE)):
            events = egress_of(server, session)
            assert {one["ip"] for one in told(
                events, "egress_allowed", port=8080)} - {
                    "93.184.215.22"} == {own}, events
            assert {one["ip"] for one in told(
                events, "egress_denied", port=8080)} == {others}, events
        _, events = server.audit(ids[1])
        assert denied([(one["type"], one["data"]) for one in events]) == {
            "not_granted": 1}, events


def test_two_sessions_at_once():
    two_sessions("native")


def test_two_sessions_at_once_in_gvisor():
    need_gvisor()
    two_sessions("gvisor")


# Many attempts at a time, while as many connections are open as may be: what
# was read of them. When there is room again, a call.
CROWD = r"""
import os, select, socket, sys
count = int(sys.argv[1])
host = os.environ["ENCLAVE_SVC_API"][7:]
places = [(sys.argv[2], 1), (sys.argv[3], 1), (host, 80)]
addresses = [(socket.gethostbyname(name), port) for name, port in places]
held = []
for _ in range(64):
    end = socket.create_connection(addresses[0], 20)
    end.sendall(b"x")
    assert end.recv(1) == b"x"
    held.append(end)
came = []
def finish(ends):
    poll = select.epoll()
    for fd, end in ends.items():
        poll.register(fd, select.EPOLLIN)
    while ends:
        for fd, _ in poll.poll(20):
            end = ends.pop(fd)
            try:
                if data := end.recv(100):
                    came.append(data.decode("latin-1"))
            except OSError:
                pass
            end.close()
    poll.close()
for first in range(0, count, 300):
    ends = {}
    for at in range(first, first + 300):
        end = socket.socket()
        end.setblocking(False)
        end.connect_ex(addresses[at % 3])
        ends[end.fileno()] = end
    finish(ends)
for end in held:
    end.close()
import http.client, time
tried, last = 0, None
while tried < 20 and last != 200:
    tried += 1
    try:
        end = http.client.HTTPConnection(host, timeout=20)
        end.request("GET", "/after")
        last = end.getresponse().status
    except OSError as error:
        last = type(error).__name__
        time.sleep(0.05)
import enclave
enclave.result([came, tried, last])
"""


def count_descriptors(server, found, over):
    """How many the session's gate has, again and again."""
    while not over.wait(0.02):
        for pid, _ in gates(server):
            with contextlib.suppress(OSError):
                found.append(len(os.listdir(f"/proc/{pid}/fd")))


def crowd(server, count):
    """(what the last call came to, {(address, port, rule): refused})

    Each attempt is refused on record, and the gate's descriptors don't run
    out: it has 1,024 of its own.
    """
    most, over = [], threading.Event()
    watch = threading.Thread(target=count_descriptors,
                             args=(server, most, over))
    watch.start()
    try:
        session = server.run(request(
            CROWD, [SITE + ":1"], str(count), SITE, OTHER, limits={
                "cpuSeconds": 60, "wallClockSeconds": 60},
            serviceBindings=["api"]))
    finally:
        over.set()
        watch.join()
    assert session["outcome"] == "succeeded", session
    came, tried, last = session["result"]["json"]
    assert came == [], came
    assert 64 < max(most) < 512, max(most)
    events = egress_of(server, session["id"])
    assert len(events) < 100, len(events)
    refused = {}
    for one in told(events, "egress_denied", via="connect"):
        key = one["ip"], one["port"], one["rule"]
        refused[key] = refused.get(key, 0) + one["count"]
    allowed = sum(one["count"] for one in told(
        events, "egress_allowed", via="connect", rule="binding:api", port=80))
    assert allowed == (last == 200), (allowed, last)
    assert sum(refused.values()) + allowed == count + tried, refused
    return last, refused


def test_ten_thousand_connections():
    """Each is refused on record; where there is room again, calls go on."""
    with world_and_server(pool=0) as (world, server):
        own, other = (world.serve(host, 1, echo) for host in (SITE, OTHER))
        upstream = Upstream()
        world.serve(SITE, 8080, upstream)
        bind(server, "api", f"http://{SITE}:8080")
        # The kernel has seen 16,384 of a session: it refuses what follows.
        for count, wanted in ((18000, "ConnectionRefusedError"), (3000, 200)):
            last, refused = crowd(server, count)
            assert last == wanted, last
            assert refused[OTHER, 1, "allowlist"] == count // 3, refused
            assert refused[SITE, 1, "connections-limit"] == count // 3, refused
        assert len(own.connections) == 2 * 64 and not other.connections
        assert [one.target for one in upstream.requests] == ["/after"]
