"""Service bindings as a resource: made, changed, deleted, given to sessions.

Here are the clients' views, and searches of responses, files and logs for
secrets. 54_bindings.py has the views of programs and upstreams.
"""

import base64
import contextlib
import http.client
import json
import os
import pty
import select
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile
import unittest
from pathlib import Path

from enclave_test import BIN, Reply, Server, free_port, wait_until
from secret_scan import new_secret, scanned

SECRET = "sesame-open-the-door-4711"
NEXT = "another-word-for-the-door-42"
PATH = "/v1/service-bindings"
BEARER = {"name": "llm", "upstream": "https://api.example.com/v1/",
          "injection": {"scheme": "bearer"}, "secret": SECRET}
OPEN = {"name": "docs", "upstream": "http://docs.example.com",
        "injection": {"scheme": "none"}}


@contextlib.contextmanager
def kept_server(**more):
    """A server, and its state directory, which outlives it."""
    state = tempfile.mkdtemp(prefix="enclave-test-")
    try:
        with Server(backend="native", state=state, **more) as server:
            yield server, Path(state)
    finally:
        shutil.rmtree(state)


def make(server, **more):
    reply = server.request("POST", PATH, {**BEARER, **more})
    assert reply.status == 201, reply.body
    return reply.json


def forms_of(secret):
    """A secret as it is, and as it would be in an encoded text."""
    raw = secret.encode()
    yield raw
    yield raw.hex().encode()
    for shift in range(3):
        coded = base64.b64encode(b"\0" * shift + raw)
        yield coded[4:-4]  # whatever stands before and after it


def assert_nowhere(folder, *secrets):
    """No file of a server's state has one of the secrets."""
    seen = 0
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            content = path.read_bytes()
            seen += 1
            for secret in secrets:
                assert not any(form in content for form in forms_of(secret)), \
                    path
    assert seen > 0


def test_a_binding_from_its_creation_to_its_deletion():
    with kept_server() as (server, state):
        made = make(server, scope={"methods": ["GET"], "paths": ["/models/*"]},
                    rateLimit=60)
        assert made["id"].startswith("b-") and made["version"] == 1
        assert made["upstream"] == "https://api.example.com/v1"
        assert made["injection"] == {"scheme": "bearer", "header": None,
                                     "username": None}
        assert made["hasSecret"] and made["maskSecret"]
        assert made["secretUpdatedAt"] == made["createdAt"]
        own = f"{PATH}/{made['id']}"
        assert server.request("GET", own).json == made
        assert server.request("GET", PATH).json == {"serviceBindings": [made]}

        # A change needs the secret again; members that it lacks stay.
        refused = server.request("PATCH", own, {"rateLimit": None})
        assert refused.status == 400 and refused.json["error"]["details"] == {
            "field": "secret"}, refused.body
        changed = server.request("PATCH", own, {"rateLimit": None,
                                                "secret": NEXT}).json
        assert changed["rateLimit"] is None and changed["version"] == 2
        assert changed["scope"] == made["scope"]
        assert changed["createdAt"] == made["createdAt"]

        # So do lists of the scope; an empty one allows all.
        def scope(**lists):
            return server.request("PATCH", own, {
                "scope": lists, "secret": NEXT}).json["scope"]
        assert scope(methods=["POST"]) == {"methods": ["POST"],
                                           "paths": ["/models/*"]}
        assert scope(paths=["/a"]) == {"methods": ["POST"], "paths": ["/a"]}
        assert scope() == {"methods": ["POST"], "paths": ["/a"]}
        assert scope(methods=[]) == {"methods": [], "paths": ["/a"]}

        rotated = server.request("PUT", own + "/secret", {"secret": SECRET})
        assert rotated.status == 200 and rotated.json["version"] == 7
        assert rotated.json["secretUpdatedAt"] > changed["secretUpdatedAt"]

        # A name is used once in an organisation; deletion frees it.
        assert server.request("POST", PATH, BEARER).status == 409
        assert server.request("DELETE", own).status == 200
        assert server.request("GET", own).status == 404
        assert server.request("DELETE", own).status == 404
        assert server.request("GET", PATH).json == {"serviceBindings": []}
        again = make(server)
        assert again["id"] != made["id"]
        server.stop()

        with sqlite3.connect(state / "api/enclave.db") as database:
            lines = [json.loads(line) for (line,) in database.execute(
                "SELECT line FROM admin ORDER BY seq")]
        told = [(line["type"], line["data"].get("what"))
                for line in lines if line["type"].startswith("binding_")]
        assert told == [("binding_created", None),
                        *[("binding_changed", "settings")] * 5,
                        ("binding_changed", "secret"),
                        ("binding_deleted", None),
                        ("binding_created", None)], told
        assert all(line["data"]["name"] == "llm" and
                   line["data"]["by"] == "uid:0" for line in lines
                   if line["type"].startswith("binding_"))
        assert_nowhere(state, SECRET, NEXT)


def test_no_vault_nothing_changes():
    """Without a vault, bindings can be read but not changed."""
    with kept_server() as (server, _):
        made = make(server)
        (vault,) = [pid for pid, name in server.children().items()
                    if name == "enclave-vault"]
        own = f"{PATH}/{made['id']}"

        def rotate():
            return server.request("PUT", own + "/secret", {"secret": NEXT})

        os.kill(vault, signal.SIGSTOP)  # it is there, and doesn't answer
        try:
            reply = rotate()
            assert reply.status == 503 and reply.code == "unavailable"
            assert server.request("GET", own).json == made
        finally:
            os.kill(vault, signal.SIGKILL)
        wait_until(lambda: rotate().status == 200, 20, "another vault")
        assert server.request("GET", own).json["version"] == 2


# (body, what the error names)
WRONG = [
    ({**BEARER, "secret": None}, "secret"),
    ({**BEARER, "secret": "short"}, "secret"),
    ({**BEARER, "secret": SECRET + "\r\nX: y"}, "secret"),
    ({**BEARER, "secret": SECRET + "\u00e4"}, "secret"),
    ({**BEARER, "name": "Upper"}, "name"),
    ({**BEARER, "name": "under_score"}, "name"),
    ({**BEARER, "name": "-x"}, "name"),
    ({**BEARER, "name": SECRET + "!"}, "name"),
    ({**BEARER, "upstream": "https://a?" + SECRET}, "upstream"),
    ({**BEARER, "upstream": f"https://me:{SECRET}@a"}, "upstream"),
    ({**BEARER, "upstream": "https://a/../b"}, "upstream"),
    ({**BEARER, "upstream": "https://127.1"}, "upstream"),
    ({**BEARER, "upstream": "https://LOCALHOST:8000"}, "upstream"),
    ({**BEARER, "upstream": "https://[::1]"}, "upstream"),
    ({**BEARER, "upstream": "http://127.0.0.2:8000"}, "upstream"),
    ({**BEARER, "upstream": "https://a/v1/*"}, "upstream"),
    ({**BEARER, "upstream": "http://a"}, "insecureUpstream"),
    ({**BEARER, "secret": f"bearer {SECRET}"}, "secret"),
    ({**BEARER, "injection": {"scheme": SECRET}}, "injection.scheme"),
    ({**BEARER, "injection": {"scheme": "header"}}, "injection.header"),
    ({**BEARER, "injection": {"scheme": "header", "header": "Host"}},
     "injection.header"),
    ({**BEARER, "injection": {"scheme": "header", "header": "A: b"}},
     "injection.header"),
    ({**BEARER, "injection": {"scheme": "basic", "username": "a:b"}},
     "injection.username"),
    ({**BEARER, "scope": {"methods": ["CONNECT"]}}, "scope"),
    ({**BEARER, "scope": {"paths": ["/a/*/b"]}}, "scope"),
    ({**BEARER, "scope": {"paths": ["/%2e%2e/a"]}}, "scope"),
    ({**BEARER, "rateLimit": 0}, "rateLimit"),
    ({**OPEN, "secret": SECRET}, "secret"),
    ({**BEARER, "password": SECRET}, "password"),
]


def test_a_wrong_body_is_refused_by_the_name_of_a_member():
    """The error repeats no value: the secret may be in any member."""
    with Server(backend="simulator") as server:
        for body, field in WRONG:
            body = {name: value for name, value in body.items()
                    if value is not None}
            reply = server.request("POST", PATH, body)
            assert reply.status == 400, (body, reply.body)
            assert reply.json["error"]["details"] == {"field": field}, (
                body, reply.body)
            assert SECRET not in reply.body.decode(), (body, reply.body)
        text = json.dumps(BEARER)
        for broken in (text[:-1], text[:-2], text.replace(SECRET, "\\ud800"),
                       text.replace("}", ",}"), f'["{SECRET}"]'):
            reply = server.request("POST", PATH, broken, {
                "Content-Type": "application/json"})
            assert reply.status == 400, (broken, reply.body)
            assert SECRET not in reply.body.decode(), reply.body
        assert SECRET not in server.log.read_text()


@scanned
def test_a_body_behind_a_refusal():
    """Nobody reads it, and nothing of it stays."""
    with Server(pool=0) as server:
        body = json.dumps({**BEARER, "secret": new_secret()}).encode()
        head = "Host: enclave\r\nContent-Type: application/json\r\n"
        for line, length in (
                (f"POST {PATH} HTTP/1.1", 1 << 30),
                (f"POST {PATH}?{'a' * 40000} HTTP/1.1", len(body)),
                (f"POST {PATH} HTTP/9", len(body))):
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(str(server.socket))
                client.sendall(f"{line}\r\n{head}Content-Length: {length}"
                               "\r\n\r\n".encode())
                status = client.recv(4096).split(b" ")[1]
                assert status in (b"400", b"413", b"414", b"505"), status
                client.sendall(body)
                with contextlib.suppress(ConnectionError):
                    client.shutdown(socket.SHUT_WR)
                    while client.recv(4096):
                        pass


def test_the_simulator_has_none():
    with Server(backend="simulator") as server:
        reply = server.request("POST", PATH, BEARER)
        assert reply.status == 501 and reply.code == "not_available"
        assert "native or gvisor" in reply.json["error"]["message"]
        reply = server.request("POST", "/v1/sessions", {
            "code": "pass", "serviceBindings": ["llm"]})
        assert reply.status == 501, reply.body
        assert reply.json["error"]["details"] == {"field": "serviceBindings"}
        assert server.request("GET", PATH).json == {"serviceBindings": []}


def own_address():
    """An address of this machine that isn't loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing
        except OSError as error:
            raise unittest.SkipTest(f"no route: {error}") from error
        return probe.getsockname()[0]


def ask(address, port, method, path, key, body=None):
    connection = http.client.HTTPConnection(address, port, timeout=60)
    try:
        connection.request(method, path, json.dumps(body) if body else None,
                           {"Content-Type": "application/json",
                            "Authorization": f"Bearer {key}"})
        answer = connection.getresponse()
        return Reply(answer.status, answer.headers, answer.read()
                     ).checked(method, path)
    finally:
        connection.close()


def test_no_secret_comes_over_a_network():
    address, port = own_address(), free_port()
    with Server(backend="simulator", listen=f"0.0.0.0:{port}") as server:
        key = server.request("POST", "/v1/api-keys", {
            "scopes": ["admin"]}).json["key"]
        for method, path, body in (
                ("POST", PATH, BEARER), ("POST", PATH, OPEN),
                ("PATCH", PATH + "/b-1", {"secret": SECRET}),
                ("PUT", PATH + "/b-1/secret", {"secret": SECRET})):
            far = ask(address, port, method, path, key, body)
            assert far.status == 403 and far.code == "forbidden", far.body
            assert "Unix socket" in far.json["error"]["message"]
            near = ask("127.0.0.1", port, method, path, key, body)
            assert near.status in (404, 501), near.body
        # What has no secret may come from anywhere.
        assert ask(address, port, "GET", PATH, key).status == 200
        assert ask(address, port, "DELETE", PATH + "/b-1", key).status == 404
        # The CLI doesn't even send it.
        done = subprocess.run(
            [BIN / "enclave", "bindings", "create", "llm", "--upstream",
             "https://a", "--secret-file", "-"], input=SECRET, text=True,
            capture_output=True, env={
                **os.environ, "ENCLAVE_API_KEY": key,
                "ENCLAVE_BASE_URL": f"http://{address}:{port}"})
        assert done.returncode == 77 and "ssh -L" in done.stderr, done


SHOW = r"""
import os, enclave
enclave.result({name: value for name, value in os.environ.items()
                if name.startswith("ENCLAVE_SVC_")})
"""


def test_a_session_names_its_bindings():
    with kept_server() as (server, _):
        make(server)
        make(server, name="mail-2")
        reader = server.request("POST", "/v1/api-keys", {"scopes": [
            "sessions:read", "sessions:write", "bindings:read"]}).json["key"]
        other = server.request("POST", "/v1/api-keys", {"scopes": [
            "sessions:read", "sessions:write"]}).json["key"]
        wanted = {"code": SHOW, "serviceBindings": ["mail-2", "llm"]}

        session = server.run(wanted)
        assert session["serviceBindings"] == ["mail-2", "llm"]
        assert session["result"]["json"] == {
            "ENCLAVE_SVC_LLM": "http://llm.svc.enclave.internal",
            "ENCLAVE_SVC_MAIL_2": "http://mail-2.svc.enclave.internal"}
        bundle, events = server.audit(session["id"])
        assert events[0]["data"]["serviceBindings"] == ["mail-2", "llm"]
        assert SECRET.encode() not in bundle

        for names, part in ((["llm", "none"], "'none'"),
                            (["llm", "llm"], "twice")):
            reply = server.request("POST", "/v1/sessions", {
                **wanted, "serviceBindings": names})
            assert reply.status == 400 and part in reply.body.decode()
        for key, status in ((reader, 201), (other, 403)):
            reply = server.request(
                "POST", "/v1/sessions?wait=60s", wanted,
                {"Authorization": f"Bearer {key}"})
            assert reply.status == status, reply.body
        # No request sets such a variable itself.
        reply = server.request("POST", "/v1/sessions", {
            "code": "pass", "env": {"ENCLAVE_SVC_LLM": "http://a"}})
        assert reply.status == 400


def test_another_organisation_has_its_own():
    with kept_server() as (server, _):
        made = make(server)
        org = server.request("POST", "/v1/orgs", {"name": "other"}).json["id"]
        key = server.request("POST", "/v1/api-keys", {
            "orgId": org, "scopes": ["admin"]}).json["key"]
        theirs = {"Authorization": f"Bearer {key}"}
        own = f"{PATH}/{made['id']}"
        for method, path, body in (("GET", own, None), ("DELETE", own, None),
                                   ("PATCH", own, {"secret": SECRET}),
                                   ("PUT", own + "/secret",
                                    {"secret": SECRET})):
            reply = server.request(method, path, body, theirs)
            assert reply.status == 404, (method, reply.body)
        reply = server.request("POST", "/v1/sessions", {
            "code": "pass", "serviceBindings": ["llm"]}, theirs)
        assert reply.status == 400, reply.body
        assert server.request("POST", PATH, BEARER, theirs).status == 201
        assert len(server.request("GET", PATH).json["serviceBindings"]) == 1


def test_the_command_line():
    with kept_server() as (server, state):
        def cli(*words, given=None):
            return subprocess.run(
                [BIN / "enclave", *words], input=given, text=True,
                capture_output=True, stdin=subprocess.DEVNULL
                if given is None else None, start_new_session=True, env={
                    **os.environ, "ENCLAVE_BASE_URL": f"unix:{server.socket}"})

        done = cli("bindings", "create", "llm", "--upstream", "https://a",
                   "--path", "/v1/*", "--secret-file", "-",
                   given=SECRET + "\n")
        assert done.returncode == 0 and done.stdout.startswith("b-"), done
        made = done.stdout.strip()
        assert "http://llm.svc.enclave.internal" in done.stderr
        assert "refused" not in done.stderr, done
        for address, row in (("10.98.1.1", "private"),
                             ("[fd00::1]", "unique local")):
            done = cli("bindings", "create", "own", "--upstream",
                       f"https://{address}", "--none")
            assert done.returncode == 0, done
            assert f"refused (deny-table: {row})" in done.stderr, done
            assert cli("bindings", "delete", "own").returncode == 0
        shown = json.loads(cli("bindings", "show", "llm", "--json").stdout)
        assert shown["id"] == made, (shown, made)
        assert shown["scope"]["paths"] == ["/v1/*"]
        assert "llm" in cli("bindings").stdout
        done = cli("run", "--bind", "lmm", "--", "true")
        assert done.returncode == 64, done
        assert "'lmm'; enclave bindings list shows them" in done.stderr, done

        file = state / "new-secret"
        file.write_text(NEXT)
        done = cli("bindings", "rotate", "llm", "--json", "-s", str(file))
        assert json.loads(done.stdout)["version"] == 2, done
        done = cli("bindings", "update", "llm", "--method", "GET", "-s",
                   str(file))
        assert "\nmethod       GET\npath         /v1/*\n" in done.stdout, done
        done = cli("bindings", "update", "llm", "--all-requests", "-s",
                   str(file))
        assert "\nmethod       any\npath         any\n" in done.stdout, done
        done = cli("bindings", "update", "llm", "--path", "/v1/*", "-s",
                   str(file))
        assert done.returncode == 0, done
        done = cli("bindings", "update", "llm", "--rate-limit", "7",
                   "--json", "-s", str(file))
        assert json.loads(done.stdout)["rateLimit"] == 7, done
        for content, why in (
                (b"", "empty"), (b"\n", "empty"), (b"a\0" * 9, "offset 1"),
                (f"{SECRET}\n{SECRET}\n".encode(), "one line")):
            file.write_bytes(content)
            done = cli("bindings", "rotate", "llm", "-s", str(file))
            assert done.returncode == 64 and why in done.stderr, done
        file.unlink()

        for words, why in ((["update", "llm"], "rotate"),
                           (["create", "new", "-s", "-"], "--upstream")):
            done = cli("bindings", *words, given=SECRET)
            assert done.returncode == 64 and why in done.stderr, done
        done = subprocess.run(
            [BIN / "enclave", "run", "--bind", "llm", "--", "true"],
            capture_output=True, text=True, env={
                **os.environ, "ENCLAVE_BASE_URL": "",
                "ENCLAVE_BACKEND": "simulator"})
        assert done.returncode == 64 and "enclave up" in done.stderr, done

        done = cli("bindings", "rotate", "llm", f"--secret={SECRET}")
        assert done.returncode == 64 and SECRET not in done.stderr, done
        done = cli("bindings", "rotate", "llm")
        assert done.returncode == 64 and "--secret-file" in done.stderr, done

        done = cli("run", "--bind", "llm", "--", "/bin/sh", "-c",
                   "echo $ENCLAVE_SVC_LLM")
        assert done.stdout == "http://llm.svc.enclave.internal\n", done
        done = cli("run", "--bind", "llm", "-l", "py", "-", given=(
            "import http.client\n"
            "for at in range(2):\n"
            "    end = http.client.HTTPConnection("
            "'llm.svc.enclave.internal')\n"
            "    end.request('GET', '/x')\n"
            "    print(end.getresponse().status)\n"))
        assert done.stdout == "403\n403\n", done
        assert "blocked: llm GET /x (path_not_in_scope), 2 " in done.stderr
        done = cli("bindings", "delete", "llm")
        assert done.returncode == 0 and done.stdout == "deleted\n", done
        assert cli("bindings", "show", "llm").returncode == 66
        server.stop()
        assert_nowhere(state, SECRET, NEXT)


def on_terminal(server, words, keys, cpus=()):
    """(exit code, what it printed) of a command that may ask for a secret."""
    pid, terminal = pty.fork()
    if cpus:
        os.sched_setaffinity(0, cpus)
    if pid == 0:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.environ["ENCLAVE_BASE_URL"] = f"unix:{server.socket}"
        os.execv(BIN / "enclave", ["enclave", *words])
    printed, left = b"", keys
    with contextlib.suppress(OSError):  # EIO: the program is gone
        while select.select([terminal], [], [], 20)[0]:
            printed += os.read(terminal, 4096)
            while left and b"Secret: " in printed:
                left = left[os.write(terminal, left):]
        os.kill(pid, signal.SIGKILL)  # it waits for something
    os.close(terminal)
    status = os.waitpid(pid, 0)[1]
    return os.waitstatus_to_exitcode(status), printed.decode()


def interrupt_reader(server, words):
    """Ctrl-C while a secret is read that never ends."""
    with subprocess.Popen(
            [BIN / "enclave", *words], stdin=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True,
            env={**os.environ, "ENCLAVE_BASE_URL": f"unix:{server.socket}"},
            preexec_fn=lambda: signal.signal(
                signal.SIGINT, signal.default_int_handler)) as reads:
        wait_until(lambda: "poll" in Path(
            f"/proc/{reads.pid}/wchan").read_text(), 10, "it waits")
        reads.send_signal(signal.SIGINT)
        code = reads.wait(20)  # its input is still open
        assert code == 130 and "interrupted" in reads.stderr.read(), code


def test_ctrl_c_at_any_moment():
    """Also between the prompt and the read, as is likely on one CPU."""
    every = os.sched_getaffinity(0)
    with Server(pool=0) as server:
        words = ["bindings", "create", "x", "--upstream", "https://a"]
        try:
            for _ in range(10):
                code, printed = on_terminal(server, words, b"abc\x03",
                                            {min(every)})
                assert code == 130 and "interrupted" in printed, printed
        finally:
            os.sched_setaffinity(0, every)
        with tempfile.TemporaryDirectory(prefix="enclave-test-") as folder:
            fifo = Path(folder, "fifo")
            os.mkfifo(fifo)
            for source in ("-", fifo):
                interrupt_reader(server, [*words, "--secret-file", source])
        assert server.request("GET", PATH).json["serviceBindings"] == []


def test_ctrl_c_behind_the_request():
    """The change may be made, and the command says so."""
    with Server(pool=0) as server:
        api = next(pid for pid, name in server.children().items()
                   if name == "enclave-api")
        with subprocess.Popen(
                [BIN / "enclave", "bindings", "create", "x", "--upstream",
                 "https://a", "--secret-file", "-"], stdin=subprocess.PIPE,
                stderr=subprocess.PIPE, text=True,
                env={**os.environ,
                     "ENCLAVE_BASE_URL": f"unix:{server.socket}"},
                preexec_fn=lambda: signal.signal(
                    signal.SIGINT, signal.default_int_handler)) as makes:
            own = Path(f"/proc/{makes.pid}")
            wait_until(lambda: "poll" in (own / "wchan").read_text()
                       and not has_socket(own), 10, "it waits for the secret")
            os.kill(api, signal.SIGSTOP)
            try:
                makes.stdin.write(SECRET)
                makes.stdin.close()
                wait_until(lambda: has_socket(own), 10, "it asks the server")
                makes.send_signal(signal.SIGINT)
                code = makes.wait(20)
            finally:
                os.kill(api, signal.SIGCONT)
            told = makes.stderr.read()
            assert code == 130 and "perhaps it was done" in told, (code, told)


def has_socket(process):
    """Whether a process, a folder of /proc, has a socket."""
    return any(os.readlink(fd).startswith("socket:")
               for fd in (process / "fd").iterdir())


def test_the_prompt():
    """What can be told before is told before a secret is typed."""
    with Server(pool=0) as server:
        made = make(server)
        make(server, name=made["id"])  # a name is found before an id
        server.request("POST", PATH, OPEN)
        create = ["bindings", "create"]
        at = ["--upstream", "https://a"]
        for words, keys, expected, text in (
                ([*create, "typed", *at], SECRET + "\r", 0, "typed.svc"),
                ([*create, "x", *at], "abc\x03", 130, "interrupted"),
                ([*create, "x", *at], "\x04", 64, "is empty"),
                ([*create, "x", *at], "x" * 4094 + "\r", 0, "x.svc"),
                ([*create, "y", *at], "x" * 5000 + "\r", 65, "too long"),
                ([*create, "y", *at], f"{SECRET}\r{SECRET}\r", 64, "one line"),
                ([*create, "y", *at], "short\r", 64, "--no-mask"),
                ([*create, "stdin", *at, "-s", "-"], SECRET + "\r", 0, "."),
                ([*create, "llm", *at], None, 65, "already"),
                ([*create, "z", "-u", "http://localhost"], None, 64, "loopb"),
                ([*create, "z", "-u", "http://a"], None, 64, "--insecure"),
                (["bindings", "rotate", "docs"], None, 65, "none"),
                (["bindings", "rotate", "no"], None, 66, "no service")):
            code, printed = on_terminal(server, words, (keys or "").encode())
            assert code == expected and text in printed, (words, code, printed)
            assert ("Secret: " in printed) == (keys is not None), printed
            assert SECRET not in printed
        code, _ = on_terminal(server, ["bindings", "delete", made["id"]], b"")
        names = {one["name"] for one in server.request("GET", PATH).json[
            "serviceBindings"]}
        assert code == 0 and names == {"docs", "llm", "stdin", "typed",
                                        "x"}, names
