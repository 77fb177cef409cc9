"""Clients that are slow, many, huge, pipelined or half-closed: others don't
notice. A healthy client asks meanwhile; it is compared with itself alone."""

import multiprocessing
import os
import re
import resource
import select
import socket
import statistics
import time
from contextlib import contextmanager
from pathlib import Path

from enclave_test import Server, wait_until

HEALTHY = 800  # requests, each on a connection of its own
FACTOR = 50    # of medians: a client that is kept waiting waits for seconds
GET = b"GET /v1/healthz HTTP/1.1\r\nHost: e\r\n\r\n"
BIG = b"GET /v1/openapi.json HTTP/1.1\r\nHost: e\r\n\r\n"


def raise_limit():
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def connect(server, timeout=60):
    s = socket.socket(socket.AF_UNIX)
    s.connect(str(server.socket))  # waits where the backlog is full
    s.settimeout(timeout)
    return s


def crowd(server, count):
    """So many connections that never keep this test waiting."""
    sockets = [connect(server) for _ in range(count)]
    for s in sockets:
        s.setblocking(False)
    return sockets


def ask(server):
    """Seconds from connect to the end of a good answer."""
    begin = time.monotonic()
    with connect(server) as s:
        s.sendall(GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        answer = b""
        while piece := s.recv(65536):
            answer += piece
    assert answer.startswith(b"HTTP/1.1 200 "), answer
    return time.monotonic() - begin


def healthy(server):
    return statistics.median(ask(server) for _ in range(HEALTHY))


def healthy_elsewhere(server, pipe):
    try:
        pipe.send(healthy(server))
    except Exception as error:  # told over there
        pipe.send(repr(error))


@contextmanager
def unnoticed(server, note):
    """The healthy client, in a process of its own, while the block runs.

    Yields a function that says whether it is still asking.
    """
    alone = healthy(server)
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("fork").Process(
        target=healthy_elsewhere, args=(server, theirs))

    def begin():
        process.start()
        return lambda: not ours.poll()

    yield begin
    assert ours.poll(120), "the healthy client didn't come to its end"
    beside = ours.recv()
    process.join()
    assert isinstance(beside, float), beside
    alone = max(alone, healthy(server))
    print(f"  {note}: {beside / alone:.1f} times its own median")
    assert beside < FACTOR * alone, (note, beside, alone)


def api_pid(server):
    return next(pid for pid, name in server.children().items()
                if name == "enclave-api")


def memory_kib(pid):
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status).group(1))


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def closed(sockets):
    """Those whose other end is gone; what comes before that is read."""
    gone = set()
    for s in sockets:
        try:
            while s.recv(65536):
                pass
            gone.add(s)
        except BlockingIOError:
            pass
        except OSError:
            gone.add(s)
    return gone


def trickle(sockets, byte):
    for s in sockets:
        try:
            s.send(byte)
        except OSError:
            pass


def test_slow_senders_go_at_their_deadline():
    """A byte now and then buys no time, in the head or in the body."""
    raise_limit()
    with Server(backend="simulator") as server:
        ask(server)
        before = descriptors(api_pid(server))
        heads = crowd(server, 500)
        bodies = crowd(server, 200)
        for s in heads:
            s.sendall(b"GET /v1/healthz HTTP/1.1\r\nHost: e\r\nX: ")
        for s in bodies:
            s.sendall(b"POST /v1/sessions HTTP/1.1\r\nHost: e\r\nContent-Type:"
                      b" application/json\r\nContent-Length: 5000\r\n\r\n{")
        with unnoticed(server, "700 slow senders") as begin:
            asking = begin()
            while asking():
                trickle(heads + bodies, b" ")
                select.select([], [], [], 0.05)
        left = set(heads + bodies)

        def all_gone():
            trickle(left, b" ")
            left.difference_update(closed(left))
            return not left

        # The deadlines are 10 and 30 s; a byte every 20 ms all the while.
        wait_until(all_gone, 60, "the slow ones are closed")
        for s in heads + bodies:
            s.close()
        wait_until(lambda: descriptors(api_pid(server)) <= before, 10,
                   "descriptors as before")


def test_clients_that_ask_and_never_read():
    """What they ask for isn't made before they read what was made."""
    with Server(backend="simulator") as server:
        ask(server)
        pid = api_pid(server)
        before = memory_kib(pid)
        sockets = crowd(server, 40)
        left = {s: BIG * 4000 for s in sockets}
        with unnoticed(server, "40 who don't read") as begin:
            asking = begin()
            while asking():
                for s, text in left.items():
                    try:
                        left[s] = text[s.send(text):]
                    except BlockingIOError:
                        pass
                select.select([], [], [], 0.01)
        grown = memory_kib(pid) - before
        print(f"  grown by {grown} KiB")
        # About 256 KiB of answers, a read and a piece for each; 40 clients
        # had asked for more than 1 GiB.
        assert grown < 64 * 1024, grown
        for s in sockets:
            s.close()


def read_answers(s, count, body):
    """So many good answers, one after the other, nothing between them."""
    buffer, found = b"", 0
    while found < count:
        piece = s.recv(1 << 16)
        assert piece, f"{found} of {count} answers"
        buffer += piece
        while (end := buffer.find(b"\r\n\r\n")) >= 0:
            head = buffer[:end]
            assert head.startswith(b"HTTP/1.1 200 OK"), head
            length = int(re.search(rb"Content-Length: (\d+)", head).group(1))
            if len(buffer) < end + 4 + length:
                break
            assert buffer[end + 4:end + 4 + length].startswith(body)
            buffer = buffer[end + 4 + length:]
            found += 1
    assert buffer == b"", buffer[:100]


def test_pipelined_requests_take_turns():
    with Server(backend="simulator") as server:
        sockets = crowd(server, 8)
        block = GET * 2000
        with unnoticed(server, "8 that pipeline without end") as begin:
            asking = begin()
            while asking():
                for s in sockets:
                    try:
                        s.send(block)  # cut anywhere: it is never the end
                    except BlockingIOError:
                        pass
                closed(sockets)  # reads what there is
        for s in sockets:
            s.close()
        # All of 100,000 are answered, in order and in full.
        with connect(server) as s:
            writer = multiprocessing.get_context("fork").Process(
                target=s.sendall, args=(GET * 100000,))
            writer.start()
            read_answers(s, 100000, b"{")
            writer.join()


def hanging_post(padding):
    """A request that waits 1 s for its session to end, in a head so long."""
    body = b'{"language":"python","code":"# simulate: hang",' \
           b'"limits":{"wallClockSeconds":1}}'
    return (b"POST /v1/sessions?wait=10s HTTP/1.1\r\nHost: e\r\n"
            b"X-Padding: %s\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\n\r\n%s"
            % (b"a" * padding, len(body), body))


def test_much_behind_a_request_that_waits():
    """It moves the memory in which the request's head lay."""
    cases = [(padding, behind) for padding in (0, 100, 3000, 15000, 30000)
             for behind in (1, 4096, 65536, 65537, 300000)]
    with Server(backend="simulator") as server:
        ask(server)
        pid = api_pid(server)
        for some in (cases[at:at + 5] for at in range(0, len(cases), 5)):
            sockets = [connect(server) for _ in some]
            for s, (padding, _) in zip(sockets, some):
                s.sendall(hanging_post(padding))
            select.select([], [], [], 0.3)  # they are being handled
            for s, (_, behind) in zip(sockets, some):
                s.setblocking(False)
                s.send(b"G" * behind)  # as much as the socket takes
                s.settimeout(60)
            for s, case in zip(sockets, some):
                answer = s.recv(65536)
                assert answer.startswith(b"HTTP/1.1 201 "), (case, answer)
                assert b'"killReason":"wall_clock_exceeded"' in answer, (case, answer)
                s.close()
        ask(server)
        assert api_pid(server) == pid, server.log.read_text()[-3000:]


def test_half_closed_clients_are_answered():
    with Server() as server:
        with connect(server) as s:
            s.sendall(GET)
            s.shutdown(socket.SHUT_WR)
            read_answers(s, 1, b"{")
            assert s.recv(1) == b""
        # Megabytes of answers, none of them read before the half-close.
        with connect(server) as s:
            s.sendall(BIG * 300)
            s.shutdown(socket.SHUT_WR)
            select.select([], [], [], 0.2)  # it may stall where it likes
            read_answers(s, 300, b'{"openapi"')
            assert s.recv(1) == b""
        body = b'{"code":"print(6*7)","language":"python"}'
        with connect(server) as s:
            s.sendall(b"POST /v1/sessions?wait=30s HTTP/1.1\r\nHost: e\r\n"
                      b"Content-Type: application/json\r\n"
                      b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
            s.shutdown(socket.SHUT_WR)
            answer = b""
            while piece := s.recv(65536):
                answer += piece
            assert answer.startswith(b"HTTP/1.1 201 "), answer
            assert b'"stdout":"42\\n"' in answer, answer
        # Half of a request is none, and isn't waited for.
        with connect(server) as s:
            s.sendall(GET[:20])
            s.shutdown(socket.SHUT_WR)
            assert s.recv(1) == b""


def test_more_connections_than_there_are():
    """3,000 that say nothing keep no one out; the server forgets them."""
    raise_limit()
    with Server(backend="simulator") as server:
        ask(server)
        pid = api_pid(server)
        before = descriptors(pid)
        with unnoticed(server, "3000 connections and more") as begin:
            sockets = crowd(server, 3000)
            asking = begin()
            while asking():
                if len(sockets) < 5000:
                    sockets += crowd(server, 10)
                select.select([], [], [], 0.005)
        kept = len(sockets) - len(closed(sockets))
        assert kept <= 1024, kept
        assert descriptors(pid) < before + 1100, descriptors(pid)
        for s in sockets:
            s.close()
        wait_until(lambda: descriptors(pid) <= before, 10,
                   "descriptors as before")


def cpu_seconds(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_no_descriptor_left():
    """Accepting neither spins nor ends for good when there is none."""
    with Server(backend="simulator", as_user=65534, files=128) as server:
        ask(server)
        pid = api_pid(server)
        before = descriptors(pid)
        sockets = crowd(server, 300)
        wait_until(lambda: len(closed(sockets)) >= 172, 10,
                   "what can't be served is closed")
        assert 120 <= descriptors(pid) <= 128, descriptors(pid)
        begin = cpu_seconds(pid)
        select.select([], [], [], 1)  # a span to measure, nothing to wait for
        spent = cpu_seconds(pid) - begin
        assert spent < 0.5, f"{spent} s of CPU in an idle second"
        for s in sockets:
            s.close()
        wait_until(lambda: descriptors(pid) <= before, 10,
                   "descriptors as before")
        ask(server)
