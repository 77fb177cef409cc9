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


LAUNCH_BYTES = 1 << 20  # of command, args and env, with 2 more for each
COUNT = """
import os, sys
enclave.result([sum(map(len, sys.argv[1:])), len(os.environ["LONG"])])
"""


def test_arguments_up_to_the_frame_that_has_them():
    """One byte more is refused at once, on every backend, and makes nothing."""
    env = {"LONG": "e" * 1000}
    # Language, name of the code's file, two counts, LONG and the session's id.
    rest = LAUNCH_BYTES - (1 + 2 + len("main.py") + 2 + 2 + 2 + 5 + 1000 +
                           2 + len("ENCLAVE_SESSION_ID=") + 39)
    args = []
    while rest > 0:
        args.append("a" * min(rest - 2, 65535))
        rest -= 2 + len(args[-1])
    whole = {"language": "python", "code": COUNT, "args": args, "env": env}
    more = {**whole, "env": {"LONG": "e" * 1001}}
    command = {"command": ["/bin/true", *["a" * 65535] * 16]}
    for backend in [*BACKENDS, "simulator"]:
        with Server(backend=backend, pool=0) as server:
            refused(server, 413, "limit", **more)
            refused(server, 413, "limit", **command)
            assert server.request("GET", "/v1/sessions").json["sessions"] == []
            reply = server.run(whole)
            if backend != "simulator":
                assert reply["result"]["json"] == [
                    sum(map(len, args)), 1000], reply
            assert reply["outcome"] == "succeeded", reply


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


def test_open_files_that_the_machine_can_give():
    """Natively as many as enclaved has; gVisor's are its own."""
    wrapper = ["prlimit", "--nofile=17000", "--",
               "setpriv", "--bounding-set", "-sys_resource"]
    for backend, most in (("native", 17000), ("gvisor", 65536)):
        if backend not in BACKENDS:
            continue
        with Server(backend=backend, pool=0, wrapper=wrapper) as server:
            assert "can't be raised" in server.log.read_text()
            session = server.run({"language": "python", "code": OPEN,
                                  "limits": {"openFiles": most}})
            assert session["result"]["json"][2] == most, session
            if most == 65536:
                continue
            reply = server.request("POST", "/v1/sessions", {
                "language": "python", "code": "1",
                "limits": {"openFiles": most + 1}})
            assert reply.code == "bad_limits", reply.body
            assert str(most) in reply.json["error"]["message"], reply.body
            # A limit that isn't named is one that can be given.
            assert server.run({"language": "python", "code": "pass"})[
                "outcome"] == "succeeded"


NODE = """
import { spawnSync } from 'node:child_process';
import { Worker } from 'node:worker_threads';
const said = spawnSync('/bin/echo', ['x']).stdout.toString();
const worker = new Worker('process.exit(7)', { eval: true });
worker.on('exit', (code) => enclave.result([said, code]));
"""


def test_open_files_that_a_language_needs():
    with Server(backend="simulator", pool=0) as server:
        for language, least in (("node", 32), ("python", 16)):
            reply = server.request("POST", "/v1/sessions", {
                "language": language, "code": "1",
                "limits": {"openFiles": least - 1}})
            assert (reply.status, reply.code) == (400, "bad_limits")
            message = reply.json["error"]["message"]
            assert str(least) in message, message
            assert language in message or least == 16, message
    for backend in BACKENDS:
        with Server(backend=backend, pool=0) as server:
            session = server.run({"language": "node", "code": NODE,
                                  "limits": {"openFiles": 32}})
            assert session["result"]["json"] == ["x\n", 7], session
            for request in ({"language": "python", "code": "print(1)"},
                            {"command": ["/bin/sh", "-c", "echo a | cat"]}):
                session = server.run({**request, "limits": {"openFiles": 16}})
                assert session["outcome"] == "succeeded", session


ARGUMENTS = {
    "python": "import sys; enclave.result(sys.argv[1:])",
    "node": "enclave.result(process.argv.slice(2))",
}


def test_arguments_of_code():
    args = ["--name", "", "two words", "ä", "-"]
    for backend in BACKENDS:
        with Server(backend=backend, pool=1) as server:
            server.wait_for_pools()
            for language, code in ARGUMENTS.items():
                for given in (args, []):
                    reply = server.run({"language": language, "code": code,
                                        "args": given})
                    assert reply["result"]["json"] == given, reply
    with Server(backend="simulator") as server:
        refused(server, 400, "bad_request", command=["/bin/true"], args=["a"])
        refused(server, 400, "bad_request", code="1", args=["a"] * 256)
        refused(server, 400, "bad_request", code="1", args=["a\0b"])


def listed(server, query, headers=None):
    """Names in a list, page after page, one session each."""
    names, cursor = [], ""
    while cursor is not None:
        page = server.request("GET", f"/v1/sessions?limit=1{query}{cursor}",
                              headers=headers)
        assert page.status == 200, page.body
        names += [one["name"] for one in page.json["sessions"]]
        after = page.json["nextCursor"]
        cursor = after and f"&cursor={after}"
    return names


def test_lists_find_a_session_by_its_name():
    def run(name, headers=None):
        body = {"code": "print(1)", "language": "python"}
        reply = server.request("POST", "/v1/sessions?wait=60s",
                               {**body, **name}, headers)
        assert reply.status == 201, reply.body
        session = reply.json
        assert session["name"] == name.get("name"), session
        again = server.request("GET", f"/v1/sessions/{session['id']}",
                               headers=headers)
        assert again.json["name"] == session["name"], again.body

    long = "é" * 64  # 128 bytes
    with Server(backend="simulator", pool=0) as server:
        org = server.request("POST", "/v1/orgs", {"name": "b"}).json["id"]
        key = server.request("POST", "/v1/api-keys", {
            "name": "k", "orgId": org,
            "scopes": ["sessions:read", "sessions:write"]}).json["key"]
        other = {"Authorization": f"Bearer {key}"}
        run({"name": "build-theirs"}, other)
        for name in ("build-1", "build-10", "Build-1", "a%b", long):
            run({"name": name})
        run({})
        for query, wanted in (
                ("name=build-1", ["build-10", "build-1"]),
                ("name=build-10", ["build-10"]),
                ("name=B", ["Build-1"]), ("name=a%25", ["a%b"]),
                ("name=%C3%A9", [long]), ("name=%25", []),
                ("name=build&phase=pending", []), ("name=uild", [])):
            assert listed(server, f"&{query}") == wanted, query
        assert len(listed(server, "")) == 6
        assert listed(server, "&name=build", other) == ["build-theirs"]
        for name in ("", long + "a", 1, "a\0b"):
            refused(server, 400, "bad_request", code="1", name=name)
        for query in ("name=", "name=" + "a" * 129, "name=%C3", "name=a%00"):
            reply = server.request("GET", f"/v1/sessions?{query}")
            assert reply.status == 400, (query, reply.body)


def test_each_file_has_a_path_of_its_own():
    def files(*paths):
        return [{"path": path, "content": path} for path in paths]
    with Server(pool=0) as server:
        for paths, word in ((("a", "b", "a"), "'a' is there twice"),
                            (("a", "a-b", "a/b"), "'a' is a file"),
                            (("a/b/c/d", "z", "a/b"), "'a/b' is a file")):
            reply = server.request("POST", "/v1/sessions", {
                "code": "1", "files": files(*paths)})
            assert reply.status == 400, reply.body
            assert word in reply.json["error"]["message"], reply.body
        paths = "a-b", "a/b", "a/b-c", "a/c/d", "a.b", "b", "ab"
        session = server.run({"code": "import os, sys\n"
                              "for path in sys.argv[1:]:\n"
                              "    assert open(path).read() == path",
                              "args": list(paths), "files": files(*paths)})
        assert session["outcome"] == "succeeded", session


def test_ready_says_why_not():
    with Server(backend="simulator", pool=0) as server:
        ready = server.request("GET", "/v1/readyz")
        assert (ready.status, ready.json) == (
            200, {"ready": True, "reason": None}), ready.body


def test_a_body_with_a_nul_or_a_large_number():
    with Server(backend="simulator", pool=0) as server:
        for body, says in (
                ({"code": "1\0"}, "NUL in a text"),
                ({"code": "1", "labels": {"a\0": "b"}}, "NUL in a text"),
                ({"code": "1", "x": 10 ** 30}, "number that is too large")):
            reply = server.request("POST", "/v1/sessions", body)
            assert reply.status == 400, reply.body
            assert says in reply.json["error"]["message"], reply.body
