"""Calls while a binding, a process or an upstream ends, changes or fails.

54_bindings.py has calls without such a fault.
"""

import contextlib
import os
import signal
import ssl
import subprocess
import tempfile
import time
from pathlib import Path

from bindings import (CALLS, HOST, SITE, Hold, Upstream, answer, begin, bind,
                      call, composed, denied, end, events_of, invoked, pids,
                      request_of, rotate, run, statuses, told,
                      world_and_server)
from enclave_test import wait_until
from secret_scan import api_memory, scanned
from world_names import Name
from world_origins import silent

WEB = f"http://{SITE}:8080"


def held(server, world, calls, handler=None, **more):
    """A session whose program waits for an answer: (session, record, hold)"""
    hold = Hold(handler=handler)
    upstream = Upstream(hold)
    origin = world.serve(SITE, 8080, upstream)
    record = bind(server, "api", WEB)
    session = begin(server, CALLS, [record], calls, **more)
    assert hold.came.wait(30), "no call came"
    return session, record, hold, upstream, origin


@scanned
def test_a_new_secret_holds_at_once():
    """Also on an open connection; a call under way goes on."""
    with world_and_server() as (world, server):
        session, record, hold, upstream, _ = held(server, world, [
            call("api", path=path) for path in ("/a", "/hold", "/b", "/c")])
        old, path = record["line"], f"/v1/service-bindings/{record['id']}"
        before = server.request("GET", path).json
        rotate(server, record)
        after = server.request("GET", path).json
        assert {key for key in after if after[key] != before[key]} <= {
            "secretUpdatedAt", "updatedAt", "version"}, (before, after)
        assert not api_memory(server), api_memory(server)
        hold.gone.set()
        found, _ = end(server, session)
        assert statuses(found) == [200] * 4, found
        assert upstream.heads == [
            composed("GET", path, f"{SITE}:8080", line)
            for path, line in (("/a", old), ("/hold", old),
                               ("/b", record["line"]),
                               ("/c", record["line"]))], upstream.heads


@scanned
def test_a_deleted_binding_is_gone_at_once():
    with world_and_server() as (world, server):
        session, record, hold, upstream, _ = held(server, world, [
            call("api", path=path) for path in ("/a", "/hold", "/b", "/c")])
        path = f"/v1/service-bindings/{record['id']}"
        assert server.request("DELETE", path).status == 200
        assert server.request("GET", path).status == 404
        # A call under way ends, too.
        assert hold.was_cut()
        found, events = end(server, session)
        assert found[0][0] == 200 and found[1][0] != 200, found
        assert statuses(found)[2:] == [403] * 2, found
        assert len(upstream.requests) == 2, upstream.heads
        assert denied(events) == {"not_granted": 2}, events
        reply = server.request("POST", "/v1/sessions", request_of(
            CALLS, ["api"], []))
        assert reply.status == 400, reply.body


# Calls until it is answered with 200 after something else, 30 s at most.
PERSIST = r"""
import http.client, os, time
found = []
end = http.client.HTTPConnection(os.environ["ENCLAVE_SVC_API"][7:], timeout=30)
def ask(path):
    try:
        end.request("GET", path)
        answer = end.getresponse()
        answer.read()
        return answer.status
    except OSError as error:
        end.close()
        return type(error).__name__
found.append(ask("/hold"))
until = time.monotonic() + 30
while time.monotonic() < until and (
        found[-1] != 200 or len(set(found)) == 1):
    found.append(ask("/again"))
    time.sleep(0.02)
import enclave
enclave.result([found[0], sorted(set(map(str, found))), found[-1]])
"""


@scanned
def test_the_vault_dies_and_comes_back():
    with world_and_server() as (world, server):
        hold = Hold()
        upstream = Upstream(hold)
        world.serve(SITE, 8080, upstream)
        record = bind(server, "api", WEB)
        session = begin(server, PERSIST, [record])
        assert hold.came.wait(30)
        vault, = pids(server, "enclave-vault")
        os.kill(server.process.pid, signal.SIGSTOP)  # nobody starts it again
        try:
            os.kill(vault, signal.SIGKILL)
            hold.gone.set()
            time.sleep(0.5)
            before = len(upstream.requests)
            time.sleep(0.5)
            assert len(upstream.requests) == before, upstream.heads
        finally:
            os.kill(server.process.pid, signal.SIGCONT)
        found, events = end(server, session)
        assert found == [200, ["200", "503"], 200], found
        assert denied(events).keys() == {"vault_unavailable"}, events
        assert set(upstream.heads) == {
            composed("GET", path, f"{SITE}:8080", record["line"])
            for path in ("/hold", "/again")}, upstream.heads
        # It still makes, changes and removes bindings, and gives them out.
        rotate(server, record)
        found, _ = run(server, CALLS, [record], [call("api")])
        assert statuses(found) == [200], found
        assert upstream.heads[-1] == composed(
            "GET", "/", f"{SITE}:8080", record["line"]), upstream.heads


@scanned
def test_a_program_waits_for_its_bindings():
    """It begins once the vault has given them to its gate."""
    with world_and_server() as (world, server):
        world.serve(SITE, 8080, Upstream())
        record = bind(server, "api", WEB)
        vault, = pids(server, "enclave-vault")
        os.kill(vault, signal.SIGSTOP)
        try:
            session = begin(server, CALLS, [record], [call("api")])
            time.sleep(0.5)
            found = server.request("GET", f"/v1/sessions/{session}").json
            assert found["timings"]["startedMs"] is None, found
        finally:
            os.kill(vault, signal.SIGCONT)
        found, events = end(server, session)
        assert statuses(found) == [200] and not denied(events), events


@scanned
def test_a_killed_gate_takes_its_calls():
    with world_and_server(pool=0) as (world, server):
        session, _, hold, upstream, _ = held(server, world, [
            call("api", path="/hold"), call("api", path="/after")])
        gate, = pids(server, "enclave-gate")
        os.kill(gate, signal.SIGKILL)
        assert hold.was_cut()
        path = f"/v1/sessions/{session}"
        wait_until(lambda: server.request("GET", path).json["outcome"], 30,
                   "the end")
        assert len(upstream.requests) == 1, upstream.heads
        events = events_of(server, session)
        assert told(events, "binding_invoked", path="/hold", count=0), events


@scanned
def test_a_gate_without_its_link_stops_no_change():
    """One that reads nothing loses its link to the vault."""
    with world_and_server(pool=0) as (world, server):
        upstream = Upstream()
        world.serve(SITE, 8080, upstream)
        record = bind(server, "api", WEB)
        session = begin(server, "import time; time.sleep(60)", [record])
        path = f"/v1/sessions/{session}"
        wait_until(lambda: server.request("GET", path).json[
            "phase"] == "running", 20, "a running session")
        gate, = pids(server, "enclave-gate")
        os.kill(gate, signal.SIGSTOP)
        large = [f"/{number:02}" + "x" * 1000 for number in range(60)]
        wait_until(lambda: server.request(
            "PATCH", f"/v1/service-bindings/{record['id']}", {
                "secret": record["secret"], "scope": {"paths": ["/", *large]}
            }).status != 200 or b"lost its link" in server.log.read_bytes(),
            60, "a gate that loses its link")
        rotate(server, record)
        os.kill(gate, signal.SIGCONT)
        assert server.request("DELETE", path).status == 202
        found, _ = run(server, CALLS, [record], [call("api")])
        assert statuses(found) == [200], found
        assert record["line"] in upstream.heads[-1], upstream.heads


def test_a_killed_server_takes_its_calls():
    """Nothing leaves afterwards."""
    with world_and_server(pool=0) as (world, server):
        def handler(request):
            request.send(answer(b"x"))
        upstream = Upstream(handler)
        world.serve(SITE, 8080, upstream)
        record = bind(server, "api", WEB)
        begin(server, PERSIST, [record])
        wait_until(lambda: len(upstream.requests) > 3, 30, "calls")
        os.kill(server.process.pid, signal.SIGKILL)
        server.process.wait()
        time.sleep(0.5)
        before = len(upstream.requests), world.packets_to(SITE)
        time.sleep(1)
        assert (len(upstream.requests), world.packets_to(SITE)) == before


@scanned
def test_what_cant_be_recorded_doesnt_leave():
    """If the audit log's disk is full, no call leaves."""
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as on:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m,mode=0700",
                        "none", folder], check=True)
        on.callback(subprocess.run, ["umount", "-l", folder], check=True)
        world, server = on.enter_context(world_and_server(state=folder))
        session, _, hold, upstream, origin = held(server, world, [
            call("api", path=path) for path in ("/a", "/hold", "/b")])
        with contextlib.suppress(OSError), \
                open(Path(folder, "full"), "wb", buffering=0) as full:
            while True:
                full.write(bytes(4096))
        hold.gone.set()
        origin.connections[0].wait(60)  # the program or the session has ended
        assert [request.target for request in upstream.requests] == [
            "/a", "/hold"], upstream.heads
        Path(folder, "full").unlink()
        wait_until(lambda: server.request(
            "GET", f"/v1/sessions/{session}").json["outcome"], 60,
                   "its record")


@scanned
def test_upstreams_of_bad_manners():
    """The program is told the reason. 56_proxy_rows.py has more."""
    with world_and_server() as (world, server):
        world.names.update({"none.example.com": Name(rcode=3),
                            "many.example.com": Name(
                                a=["93.184.215.77", SITE])})
        upstream = Upstream()
        world.serve(SITE, 8080, upstream)
        world.serve(SITE, 8081, Upstream(dripped))
        quiet = world.serve(SITE, 8082, silent)
        records = [bind(server, name, url) for name, url in (
            ("dead", f"http://{SITE}:9"), ("lost", "http://none.example.com"),
            ("second", "http://many.example.com:8080"),
            ("slow", f"http://{SITE}:8081"), ("quiet", f"http://{SITE}:8082"))]
        calls = [call(record["name"]) for record in records[:4]]
        found, events = run(server, CALLS, records, calls)
        assert statuses(found) == [502, 502, 200, 200], found
        assert found[3][2] == "x" * 50, found
        assert not denied(events), events
        assert invoked(events, binding="dead") == {("GET", "/", 0): 1}, events
        # A program that goes away doesn't leave its call behind.
        began = time.monotonic()
        session = begin(server, CALLS, records, [call("quiet")])
        wait_until(lambda: quiet.connections and quiet.connections[0].count,
                   30, "a call")
        server.request("DELETE", f"/v1/sessions/{session}")
        quiet.connections[0].wait(5)
        assert time.monotonic() - began < 30


@scanned
def test_a_response_that_is_cut():
    """If it has no length, only close_notify tells that it is whole."""
    def handler(request):
        request.send(b"HTTP/1.1 200 OK\r\n\r\nhello")
        if request.path == "/whole":
            request.connection.finish()
        raise EOFError
    with world_and_server() as (world, server):
        world.serve(SITE, 443, Upstream(handler), certificate=[HOST])
        found, events = run(server, CALLS, [bind(
            server, "api", f"https://{HOST}")], [
                call("api", path="/whole"), call("api", path="/cut")])
        assert found[0][0] == 200 and found[0][2] == "hello", found
        assert found[1][0] in ("IncompleteRead", "ConnectionResetError"), found
        assert invoked(events) == {("GET", "/whole", 200): 1,
                                   ("GET", "/cut", 0): 1}, events


def dripped(request):
    for byte in answer(b"x" * 50):
        request.send(bytes([byte]))
        time.sleep(0.005)


def old_context(make):
    """A maker of contexts that speak TLS 1.1 at most."""
    def context():
        made = make()
        made.minimum_version = ssl.TLSVersion.TLSv1
        made.maximum_version = ssl.TLSVersion.TLSv1_1
        made.set_ciphers("ALL:@SECLEVEL=0")
        return made
    return context


@scanned
def test_upstreams_that_arent_who_they_should_be():
    """The handshake fails, and no byte of a request is written."""
    with world_and_server() as (world, server):
        authority = world.trusted()
        cases = {
            "expired": authority.context_maker([HOST], expired=True),
            "another": authority.context_maker(["other.example.com"]),
            "below": authority.context_maker(["example.com"]),
            "own": authority.context_maker([HOST], trusted=False),
            "common": authority.context_maker([], name=HOST),
            "old": old_context(authority.context_maker([HOST]))}
        upstream = Upstream()
        origins = [world.serve(SITE, 1000 + at, upstream, certificate=one)
                   for at, one in enumerate(cases.values())]
        world.serve(SITE, 2000, silent)  # no TLS at all
        world.serve(SITE, 443, upstream, certificate=["*.example.com"])
        records = [bind(server, name, f"https://{HOST}:{1000 + at}")
                   for at, name in enumerate(cases)]
        records += [bind(server, "address", f"https://{SITE}"),
                    bind(server, "right", f"https://{HOST}")]
        found, events = run(server, CALLS, records, [
            call(record["name"]) for record in records])
        assert statuses(found) == [502] * 7 + [200], found
        assert len(upstream.requests) == 1, upstream.heads
        for origin in origins:
            for one in origin.connections:
                assert one.wait().count == 0, one.received
        for record in records[:-1]:
            assert sum(invoked(events, binding=record["name"]).values()) in (
                0, 1), events


STRANGER = r"""
import socket, sys
found = []
for address in ("api.svc.enclave.internal", *sys.argv[1:]):
    try:
        with socket.create_connection((address, 80), 20) as end:
            end.sendall(b"GET / HTTP/1.1\r\n"
                        b"Host: api.svc.enclave.internal\r\n\r\n")
            found.append(end.recv(12).decode())
    except OSError as error:
        found.append(type(error).__name__)
import enclave
enclave.result(found)
"""


@scanned
def test_another_session_has_nothing_of_it():
    """It reaches the binding neither by its name nor by an address."""
    with world_and_server() as (world, server):
        session, record, hold, upstream, _ = held(server, world, [
            call("api", path="/hold")])
        bind(server, "other", WEB)
        for bindings in ([], ["other"]):
            found, events = run(server, STRANGER, bindings, "198.18.16.0",
                                "198.18.0.1")
            assert found[0] == "HTTP/1.1 403", found
            assert not any("200" in one for one in found), found
            assert denied(events, binding="api")["not_granted"] >= 1, events
        assert len(upstream.requests) == 1, upstream.heads
        hold.gone.set()
        assert statuses(end(server, session)[0]) == [200]
        found, _ = run(server, CALLS, [record], [call("api")])
        assert statuses(found) == [200], found


LEAVE = r"""
import http.client, os, socket, time
host = os.environ["ENCLAVE_SVC_API"][7:]
def count():
    end = http.client.HTTPConnection(host, timeout=30)
    end.request("GET", "/count")
    return int(end.getresponse().read())
before = count()
for at in range(40):
    end = socket.create_connection((host, 80), 20)
    end.sendall((b"GET /hold HTTP/1.1\r\nHost: %s\r\n\r\n" if at % 2 else
                 b"POST /hold HTTP/1.1\r\nHost: %s\r\nContent-Length: 9\r\n"
                 b"\r\nhello") % host.encode())
    end.close()
until = time.monotonic() + 20
while (after := count()) > before + 3 and time.monotonic() < until:
    time.sleep(0.1)
import enclave
enclave.result([before, after])
"""


@scanned
def test_nothing_stays_of_a_program_that_leaves():
    """Its calls end with it, with their upstream's connections."""
    with world_and_server(pool=0) as (world, server):
        def count(_):
            gate, = pids(server, "enclave-gate")
            return answer(b"%d" % len(os.listdir(f"/proc/{gate}/fd")))
        hold = Hold(handler=count)
        origin = world.serve(SITE, 8080, Upstream(hold))
        found, events = run(server, LEAVE, [bind(server, "api", WEB)])
        assert found[1] <= found[0] + 3, found
        for one in origin.connections:
            one.wait()
        gone = invoked(events, path="/hold")
        assert gone.keys() <= {("GET", "/hold", 0), ("POST", "/hold", 0)}, gone
