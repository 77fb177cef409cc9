"""What an operator reads: the log of a server, and what `enclave up` prints."""

import json
import os
import re
import signal
import subprocess
import tempfile
from pathlib import Path

from enclave_test import BIN, Server, free_port, wait_until

PYTHON = {"language": "python"}
REQUEST = re.compile(r'access: (\S+) "([^"]*)" (\d+)( cut off)?, (\d+) bytes, '
                     r'(\d+) ms, (\S+) (\S+)')


def lines(server):
    return [json.loads(line) for line in server.log.read_text().splitlines()]


def test_a_session_has_a_line_about_its_end():
    with Server(pool=0) as server:
        server.run({**PYTHON, "code": "raise SystemExit(3)"})
        server.run({**PYTHON, "code": "import os; os.kill(os.getpid(), 9)"})
        server.run({**PYTHON, "code": "while True: pass",
                    "limits": {"wallClockSeconds": 1}})
        said = [line["message"] for line in lines(server)
                if line["message"].startswith("ended: ")]
    for text, wanted in zip(said, (
            r"ended: failed, exit code 3, \d+ ms, o-1, ",
            r"ended: failed, signal 9, \d+ ms, o-1, ",
            r"ended: killed, wall_clock_exceeded, 1\d{3} ms, o-1, "),
            strict=True):
        assert re.fullmatch(wanted + server.backend, text), text


def test_a_clean_stop_is_no_warning():
    with Server(pool=4, backend="native") as server:
        server.run({**PYTHON, "code": "pass"})
        server.wait_for_pools()  # what is half made ends with an error
        assert server.stop() == 0
        odd = [line for line in lines(server)
               if line["level"] not in ("info", "debug") and
               "limit of open files" not in line["message"]]
        assert not odd, odd


def test_the_access_log_has_each_request():
    with Server(pool=0, extra=["--access-log"]) as server:
        named = {"X-Request-Id": "mine"}
        server.request("GET", "/v1/sessions?limit=1", None, named)
        server.request("GET", "/v1/none", None, named)
        key = server.request("POST", "/v1/api-keys", {
            "scopes": ["sessions:read"]}, named).json
        server.request("GET", "/v1/orgs", None, {
            **named, "Authorization": f"Bearer {key['key']}"})
        server.request("GET", "/v1/orgs", None, {
            **named, "Authorization": "Bearer ek_no_no"})
        wait_until(lambda: server.log.read_text().count("access: mine") == 5,
                   10, "five lines")
        text = server.log.read_text()
        found = [match.groups() for match in map(REQUEST.match, (
            line["message"] for line in lines(server))) if match]
        who = f"uid:{os.geteuid()}"
        assert [(target, status, org, caller) for name, target, status, _, _,
                _, org, caller in found if name == "mine"] == [
            ("GET /v1/sessions?limit=1", "200", "o-1", who),
            ("GET /v1/none", "404", "-", "-"),
            ("POST /v1/api-keys", "201", "o-1", who),
            ("GET /v1/orgs", "200", "o-1", key["id"]),
            ("GET /v1/orgs", "401", "-", "-")], found
        assert key["key"] not in text and "ek_no_no" not in text
        # A stream whose reader leaves, and what is no request.
        live = server.request("POST", "/v1/sessions", {
            **PYTHON, "code": "import time; time.sleep(60)"}).json["id"]
        subprocess.run(["curl", "-s", "-m", "1", "--unix-socket",
                        str(server.socket), "-o", "/dev/null",
                        f"http://x/v1/sessions/{live}/stream"], check=False)
        wait_until(lambda: re.search(
            rf'"GET /v1/sessions/{live}/stream\\" 200 cut off',
            server.log.read_text()), 10, "a line about the stream")
        server.request("DELETE", f"/v1/sessions/{live}")
    with Server(backend="simulator") as server:
        server.request("GET", "/v1/sessions")
        assert "access:" not in server.log.read_text()


def test_an_unknown_level_is_refused():
    for value, good in (("verbose", False), ("info,xml", False), ("", False),
                        ("debug", True), ("warning,json", True)):
        done = subprocess.run([str(BIN / "enclaved"), "--version"],
                              capture_output=True,
                              env={**os.environ, "ENCLAVE_LOG": value})
        assert (done.returncode == 0) == good, (value, done)
        assert good or (done.returncode == 64 and b"warning" in done.stderr)


def up(folder, *arguments):
    """`enclave up` with a simulator; the process and what it prints."""
    return subprocess.Popen(
        [str(BIN / "enclave"), "up", "--backend", "simulator", "--state-dir",
         f"{folder}/state", "--socket", f"{folder}/s", *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def test_addresses_and_the_banner():
    """It comes when the server serves, with an address that works here."""
    port = free_port()
    for listen, url, warned in (
            (f"127.0.0.1:{port}", f"http://127.0.0.1:{port}", False),
            (f"localhost:{port}", f"http://localhost:{port}", False),
            (f":{port}", f"http://127.0.0.1:{port}", False),
            (f"0.0.0.0:{port}", f"http://127.0.0.1:{port}", True),
            (f"*:{port}", f"http://127.0.0.1:{port}", True)):
        with tempfile.TemporaryDirectory() as folder:
            server = up(folder, "--listen", listen)
            printed = b""
            while b"hello.py" not in printed:
                line = server.stdout.readline()
                assert line, (listen, server.stderr.read())
                printed += line
            address = Path("/proc/net/tcp").read_text()
            loopback = f"0100007F:{port:04X}" in address
            server.send_signal(signal.SIGTERM)
            server.communicate(timeout=30)
            assert server.returncode == 0, server
        assert f"ENCLAVE_BASE_URL={url}\n".encode() in printed, printed
        assert (b"plain HTTP" in printed) == warned, printed
        assert loopback != warned, listen
    for wrong in (("--listen", "127.0.0.1:99999"), ("--pool", "x"),
                  ("--listen", "example.org:80")):
        with tempfile.TemporaryDirectory() as folder:
            out, err = up(folder, *wrong).communicate(timeout=30)
            assert out == b"" and wrong[1].encode() in err, (wrong, out, err)
