"""Looks for known values wherever they may not be, in every encoding.

    @scanned
    def test_something():
        secret = new_secret()
        with Server() as server: ...

When a server of a scanned story ends, no value may be in its responses, the
audit logs of its sessions, its state directory, its log, or the memory of its
processes. Only the vault may have one, and gates of sessions with bindings
that haven't ended.

Except for memory, these mustn't have anything either that looks like a
credential of any kind.
"""

import base64
import contextlib
import functools
import html
import json
import re
import secrets
import time
import urllib.parse
from pathlib import Path

from enclave_test import Server, stat_of

CREDENTIAL = re.compile(
    rb"eyJ[\w-]{8,}\.|(?i:Bearer|Basic) [\w~+/-]{16,}|whsec_\w|"
    rb"gh[pousr]_\w{8,}|github_pat_\w|x-access-token|sk_live_\w|"
    rb"AKIA\w{12,}|xox[bp]-\w|-----BEGIN [A-Z ]*PRIVATE KEY")
known = []  # the values of this story
CHUNK_BYTES = 16 << 20


def new_secret():
    """A new value to look for, all of whose encodings differ."""
    return known_value(f'sk-{secrets.token_hex(9)}/+"\\<~ '
                       f'&%{secrets.token_urlsafe(12)}?!')


def known_value(value):
    """Look for this value, too."""
    known.append(value)
    return value


def base64_forms(raw):
    """At each alignment; without characters that neighbours are part of."""
    for shift in range(3):
        text = base64.b64encode(bytes(shift) + raw)
        inner = text[-(-shift * 4 // 3):(shift + len(raw)) * 4 // 3]
        yield inner
        yield inner.translate(bytes.maketrans(b"+/", b"-_"))


def encodings(value):
    """All forms of a value to look for; none contains another."""
    raw = value.encode()
    json_text = json.dumps(value)[1:-1]
    forms = {
        raw, raw[::-1], raw.hex().encode(), raw.hex().upper().encode(),
        urllib.parse.quote(value, safe="").encode(),
        urllib.parse.quote(value).encode(),
        urllib.parse.quote_plus(value).encode(),
        "".join(f"%{byte:02X}" for byte in raw).encode(),
        "".join(f"%{byte:02x}" for byte in raw).encode(),
        json_text.encode(), json_text.replace("/", "\\/").encode(),
        "".join(f"\\u{byte:04x}" for byte in raw).encode(),
        "".join(f"\\u{byte:04X}" for byte in raw).encode(),
        html.escape(value).encode(), value.encode("utf-16-le"),
        value.encode("utf-16-be"), *base64_forms(raw)}
    return {one for one in forms
            if not any(other in one for other in forms if other != one)}


def needles():
    return {form for value in known for form in encodings(value)}


def has_any(data, forms):
    return any(form in data for form in forms)


def is_public(data, forms):
    """Whether what anybody may read has a value, or looks as if it had one."""
    return has_any(data, forms) or CREDENTIAL.search(data) is not None


def is_alive(pid):
    stat = stat_of(pid)
    return stat is not None and stat[1] not in "ZX"


def memory_of(pid):
    """Generator of (mapping's name, bytes) of all that a process may write.

    Mapped programs and libraries are left out: they are as on disk. A living
    process whose memory can't be read fails the story; one that is about to
    execute a program, or to end, has none for a moment.
    """
    for _ in range(100):
        seen = 0
        for path, data in mappings_of(pid):
            seen += len(data)
            yield path, data
        if seen or not is_alive(pid):
            return
        time.sleep(0.05)
    raise AssertionError(f"process {pid} has no readable memory")


def mappings_of(pid):
    try:
        with open(f"/proc/{pid}/maps", encoding="utf-8") as maps, \
                open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
            for line in maps:
                begin, end, mode, path = re.match(
                    r"(\w+)-(\w+) (\S+) \S+ \S+ \S+\s*(.*)", line).groups()
                is_file = path.startswith("/") and "w" not in mode
                if not mode.startswith("r") or is_file or path in (
                        "[vvar]", "[vsyscall]"):
                    continue
                yield path, read_memory(memory, int(begin, 16), int(end, 16))
    except (FileNotFoundError, ProcessLookupError):
        pass  # it has ended, or is about to


def read_memory(memory, begin, end):
    found = bytearray()
    with contextlib.suppress(OSError, OverflowError):
        memory.seek(begin)
        while begin + len(found) < end:
            data = memory.read(min(CHUNK_BYTES, end - begin - len(found)))
            if not data:
                break
            found += data
    return bytes(found)


def in_memory(pid, forms):
    """The places where a process has a form: mapping and content."""
    return [f"{path or 'memory'}: {around(data, form)}"
            for path, data in memory_of(pid) for form in forms
            if form in data]


def around(data, form):
    at = data.index(form)
    return data[max(0, at - 80):at + len(form) + 40]


def is_shown(path):
    """How a file is looked at: the log is for everybody."""
    return is_public if path.name == "log" else has_any


def in_files(folder, forms):
    return [str(path) for path in sorted(folder.rglob("*"))
            if path.is_file() and is_shown(path)(path.read_bytes(), forms)]


def api_memory(server):
    """Where enclave-api has a known value at this moment."""
    return [where for pid, name in server.children().items()
            if name == "enclave-api" for where in in_memory(pid, needles())]


class Scan:
    """Collects what the servers of one story show."""

    def __init__(self):
        self.faults = []
        self.answers = []

    @contextlib.contextmanager
    def watching(self):
        ask, leave = Server.request, Server.__exit__

        def request(server, method, path, *args, **more):
            reply = ask(server, method, path, *args, **more)
            self.answers.append((f"{method} {path}", reply))
            return reply

        def end(server, *why):
            try:
                if why[0] is None:
                    self.look_at(server)
            finally:
                leave(server, *why)
        Server.request, Server.__exit__ = request, end
        try:
            yield
        finally:
            Server.request, Server.__exit__ = ask, leave

    def look_at(self, server):
        forms = needles()
        live = server.process is not None and server.process.poll() is None
        if live:
            self.look_at_sessions(server)
            self.look_at_memory(server, forms)
        for what, reply in self.answers:
            if is_public(reply.body + str(reply.headers).encode(), forms):
                self.faults.append(f"the response to {what}")
        self.faults += in_files(server.state, forms)

    def look_at_sessions(self, server):
        """Ask for everything, so that it is among the answers."""
        for path in ("/v1/sessions", "/v1/service-bindings", "/v1/metrics",
                     "/v1/healthz"):
            server.request("GET", path)
        listed = server.request("GET", "/v1/sessions").json["sessions"]
        for session in listed:
            path = f"/v1/sessions/{session['id']}"
            server.request("GET", path)
            if session["outcome"] is not None:
                server.audit(session["id"])
                server.request("GET", path + "/result")
        for one in server.request("GET", "/v1/service-bindings").json[
                "serviceBindings"]:
            server.request("GET", f"/v1/service-bindings/{one['id']}")

    def look_at_memory(self, server, forms):
        held = any(one["serviceBindings"] and one["outcome"] is None
                   for one in server.request(
                       "GET", "/v1/sessions").json["sessions"])
        for pid, name in server.children().items():
            if not name.startswith("enclave") or name == "enclave-vault" or (
                    name == "enclave-gate" and held):
                continue
            self.faults += [f"{name} {pid}: {where}"
                            for where in in_memory(pid, forms)]
            if in_arguments(pid, forms):
                self.faults.append(f"{name} {pid}: its arguments")


def in_arguments(pid, forms):
    text = b""
    try:
        for name in ("cmdline", "environ"):
            text += Path(f"/proc/{pid}/{name}").read_bytes()
    except OSError:
        if is_alive(pid):
            raise
    return has_any(text, forms)


def scanned(test):
    """A story after which no known value is anywhere."""
    @functools.wraps(test)
    def whole():
        scan = Scan()
        with scan.watching():
            test()
        assert known, "the story has no value to look for"
        assert not scan.faults, f"a known value is in {scan.faults}"
    return whole
