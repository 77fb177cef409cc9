"""A server that is asked to end: no client loses a byte of what it waits for.

systemd stops a service so: SIGTERM to enclaved, which drains.
"""

import json
import os
import signal
import socket
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from enclave_test import BIN, Server, has_gvisor, verify, wait_until
from facts import answers, draining, wait_running
from pace import paced

SLOW = "import time\nprint('begin', flush=True)\ntime.sleep(1)\nprint('end')\n"
MIB = 1 << 20


def in_order(text, *parts):
    """Whether each part is in a text, behind the one before it."""
    at = 0
    for part in parts:
        at = text.find(part, at)
        if at < 0:
            return False
    return True


def test_ready_means_serving():
    """READY=1 comes when requests are answered, not when they can wait."""
    killed = "failpoint schema-before: killed"
    with tempfile.TemporaryDirectory() as directory, \
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(f"{directory}/notify")
        manager.settimeout(paced(20))
        server = Server(backend="simulator")
        # The first enclave-api dies before it serves; the next one doesn't.
        server.env = {"NOTIFY_SOCKET": f"{directory}/notify",
                      "ENCLAVE_FAILPOINT": "schema-before"}
        with server:
            log = server.log.read_text()
            assert in_order(log, killed, "serving, backend"), log
            assert manager.recv(100) == b"READY=1\nSTATUS=Serving"
            api = next(pid for pid, name in server.children().items()
                       if name == "enclave-api")
            os.kill(api, signal.SIGKILL)
            wait_until(lambda: server.log.read_text().count(
                "serving, backend") == 2, 20, "the third life")
            assert server.stop() == 0
        # It was said once.
        assert manager.recv(100).startswith(b"STOPPING=1")


def test_a_server_that_never_serves_is_never_ready():
    with tempfile.TemporaryDirectory() as state:
        (Path(state) / "api").mkdir()
        (Path(state) / "api/enclave.db").write_text("no database")
        server = Server(backend="simulator", state=state)
        try:
            server.start(seconds=60)
            raise AssertionError("it said that it was ready")
        except RuntimeError as error:
            assert "ended before" in str(error)
        assert server.process.wait(paced(20)) != 0


def run_by_cli(server, directory, *options):
    program = Path(tempfile.mkdtemp(dir=directory)) / "slow.py"
    program.write_text(SLOW)
    return subprocess.Popen(
        [str(BIN / "enclave"), "run", *options, str(program)],
        env={**os.environ, "ENCLAVE_BASE_URL": f"unix:{server.socket}"},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def test_each_form_of_run_gets_its_end():
    """The stream, one request, JSON, and the record: each is whole (D10)."""
    with tempfile.TemporaryDirectory() as directory:
        bundle = Path(directory) / "audit.json"
        for options in ([], ["--wait"], ["--json"], ["--audit", str(bundle)]):
            with Server(pool=0) as server:
                client = run_by_cli(server, directory, *options)
                wait_running(server)
                assert server.stop() == 0
                out, err = client.communicate(timeout=30)
                assert client.returncode == 0, (options, out, err)
                if "--json" in options:
                    out = json.loads(out)["result"]["stdout"].encode()
                assert out == b"begin\nend\n", (options, out)
        code, text = verify(bundle.read_bytes())
        assert code == 0, text


def up_in_a_group(server, backend):
    """`enclave up` as a terminal starts it: the leader of a process group."""
    with open(server.log, "ab") as log:
        server.process = subprocess.Popen(
            [str(BIN / "enclave"), "up", "--listen", "none", "--pool", "0",
             "--socket", str(server.socket), "--state-dir", str(server.state),
             "--environments", str(server.store), "--backend", backend],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            start_new_session=True)
    wait_until(lambda: answers(server), 30, "the server")


def stop_by(server, client, send):
    """A running session and its client come to their end; the log is good."""
    wait_running(server)
    send()
    out, err = client.communicate(timeout=paced(30))
    assert (client.returncode, out) == (0, b"begin\nend\n"), (out, err)
    assert server.process.wait(paced(30)) == 0, server.log.read_text()[-2000:]
    server.process = None


def test_a_signal_to_the_whole_group_drains():
    """Ctrl-C in a terminal, and `kill -TERM -PGID`."""
    with tempfile.TemporaryDirectory() as directory:
        for number in (signal.SIGINT, signal.SIGTERM):
            for backend in ["native", *(["gvisor"] if has_gvisor() else [])]:
                server = Server()
                try:
                    up_in_a_group(server, backend)
                    client = run_by_cli(server, directory)
                    stop_by(server, client, lambda: os.killpg(
                        server.process.pid, number))
                finally:
                    server.__exit__()


def test_a_signal_to_every_process_of_ours_drains():
    """systemd's KillMode=control-group, programs in sandboxes apart."""
    ours = {"enclaved", "enclave-api", "enclave-gate", "enclave-janitor",
            "enclave-init", "enclave-vault"}

    def send():
        found = {pid: name for pid, name in server.children().items()
                 if name in ours}
        assert set(found.values()) == ours, found
        for pid in found:
            os.kill(pid, signal.SIGTERM)
    with tempfile.TemporaryDirectory() as directory, \
            Server(backend="native", pool=0) as server:
        stop_by(server, run_by_cli(server, directory), send)


def test_many_clients_at_once():
    with tempfile.TemporaryDirectory() as directory, Server(pool=0) as server:
        clients = [run_by_cli(server, directory, *options)
                   for options in 3 * ([], ["--wait"])]
        wait_until(lambda: len(server.request(
            "GET", "/v1/sessions").json["sessions"]) == len(clients),
            60, "all sessions")
        assert server.stop() == 0
        for client in clients:
            out, err = client.communicate(timeout=30)
            assert (client.returncode, out) == (0, b"begin\nend\n"), err


def read_slowly(server, request, answer):
    """All of an answer, by a client that takes its time."""
    sock = socket.socket(socket.AF_UNIX)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.connect(str(server.socket))
    sock.sendall(request)
    while True:
        piece = sock.recv(16384)
        if not piece:
            break
        answer.append(piece)
        time.sleep(0.005)
    sock.close()


def test_a_waiting_post_is_answered_to_the_last_byte():
    """The client reads long after the session has ended."""
    code = f"import time\nprint('x' * {MIB})\ntime.sleep(1)"
    body = json.dumps({"language": "python", "code": code,
                       "limits": {"outputBytes": 2 * MIB}}).encode()
    head = (b"POST /v1/sessions?wait=60s HTTP/1.1\r\nHost: x\r\n"
            b"Content-Type: application/json\r\n"
            b"Content-Length: %d\r\n\r\n" % len(body))
    answer = []
    with Server(pool=0) as server:
        client = threading.Thread(target=read_slowly,
                                  args=(server, head + body, answer))
        client.start()
        wait_running(server)
        assert server.stop() == 0
        client.join()
    head, _, body = b"".join(answer).partition(b"\r\n\r\n")
    assert b"transfer-encoding: chunked" in head.lower(), head
    text = b""
    while True:
        size, _, body = body.partition(b"\r\n")
        length = int(size, 16)
        assert body[length:length + 2] == b"\r\n", (length, len(body))
        text, body = text + body[:length], body[length + 2:]
        if length == 0:
            break
    assert json.loads(text)["result"]["stdout"] == "x" * MIB + "\n"


def test_nothing_new_while_it_drains():
    """Old sessions can be asked about, new ones are refused as by readyz."""
    with Server(pool=0) as server:
        session = draining(server, 2)
        refused = server.request("POST", "/v1/sessions", {
            "language": "python", "code": "pass"})
        assert (refused.status, refused.code) == (503, "unavailable"), (
            refused.body)
        ready = server.request("GET", "/readyz")
        assert ready.status == 503, ready.body
        assert ready.json["reason"] == refused.json["error"]["message"], (
            ready.body, refused.body)
        asked = server.request("GET", f"/v1/sessions/{session['id']}?")
        assert asked.status == 200, asked.body
        assert server.process.wait(30) == 0
        server.process = None


def test_who_is_killed_by_a_stop_is_told_so():
    """Nobody asked for its end: client, session and record name the stop."""
    with Server(pool=0) as server, tempfile.TemporaryDirectory() as folder:
        program = Path(folder, "slow.py")
        program.write_text("import time\ntime.sleep(50)\n")
        bundle = Path(folder, "bundle")
        client = subprocess.Popen(
            [BIN / "enclave", "run", "--json", "--audit", bundle, program],
            env={**os.environ, "ENCLAVE_BASE_URL": f"unix:{server.socket}"},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        wait_running(server)
        begin = time.monotonic()
        assert server.stop() == 0
        assert 19 < time.monotonic() - begin < paced(30)  # as the pages say
        out, err = client.communicate(timeout=paced(20))
        session = json.loads(out)
        assert client.returncode == 130, (client.returncode, err)
        assert "server was stopped while it ran" in err, err
        assert (session["killReason"], session["reason"]["code"]) == (
            "cancelled", "server_stopped"), session
        code, text = verify(bundle.read_bytes())
        assert code == 0, text
        assert '"reason":"server_stopped"' in bundle.read_text()


def test_only_clients_are_waited_for():
    """A second after the last answer; not if none came, nor after SIGHUP."""
    def seconds(how, asked):
        with Server(pool=0) as server:
            if asked:
                server.run({"language": "python", "code": "pass"})
            begin = time.monotonic()
            assert server.stop(how) == 0
            return time.monotonic() - begin
    waited = seconds(signal.SIGTERM, True)
    assert waited > 0.9, waited
    # On a busy machine one of these stops may take a second, too.
    for how, asked in ((signal.SIGTERM, False), (signal.SIGHUP, True)):
        assert any(seconds(how, asked) < 0.9 for _ in range(5)), how


def test_kill_waits_for_the_end():
    with Server(pool=0) as server:
        def kill(session, *options):
            return subprocess.run(
                [BIN / "enclave", "kill", session, *options], text=True,
                capture_output=True, env={
                    **os.environ,
                    "ENCLAVE_BASE_URL": f"unix:{server.socket}"})
        one = server.request("POST", "/v1/sessions", {
            "language": "python", "code": "import time\ntime.sleep(60)"})
        one = one.json["id"]
        wait_running(server)
        done = kill(one)
        assert done.returncode == 0 and [
            line.split() for line in done.stdout.splitlines()] == [
                ["session", one], ["phase", "torn_down"],
                ["outcome", "killed"], ["killed", "cancelled"]], done
        assert server.audit(one)[1][-2]["data"] == {"reason": "cancelled"}
        again = kill(one, "--json")
        assert again.returncode == 0, again
        assert json.loads(again.stdout) == server.request(
            "GET", f"/v1/sessions/{one}").json, again
        none = kill("s-none")
        assert none.returncode == 66 and not none.stdout, none
        assert "no session" in none.stderr, none


def test_kill_of_one_that_does_not_end():
    """Whoever asked is told that it was heard, and isn't done."""
    with Server(pool=0) as server:
        one = server.request("POST", "/v1/sessions", {
            "language": "python", "code": "import time\ntime.sleep(60)"})
        one = one.json["id"]
        wait_running(server)
        os.kill(server.process.pid, signal.SIGSTOP)
        try:
            done = subprocess.run(
                [BIN / "enclave", "kill", one], text=True, capture_output=True,
                env={**os.environ,
                     "ENCLAVE_BASE_URL": f"unix:{server.socket}"})
        finally:
            os.kill(server.process.pid, signal.SIGCONT)
        assert done.returncode == 75, done
        assert "was told to end, and hasn't yet" in done.stderr, done
        wait_until(lambda: server.request(
            "GET", f"/v1/sessions/{one}").json["outcome"] == "killed", 20,
            "its end")
