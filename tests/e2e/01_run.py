"""A person with a program: `enclave run`, from any folder, without a server."""

import array
import fcntl
import http.server
import json
import os
import re
import signal
import stat
import subprocess
import tempfile
import termios
import threading
import time
from pathlib import Path

from enclave_test import BIN, Server, descendants, wait_until
from facts import answers, wait_running


def enclave(*arguments, cwd=None, stdin=None, env=None):
    clean = {k: v for k, v in os.environ.items()
             if not k.startswith("ENCLAVE_") or k == "ENCLAVE_ENVIRONMENTS"}
    return subprocess.run([str(BIN / "enclave"), *arguments], cwd=cwd,
                          input=stdin, capture_output=True, timeout=120,
                          env={**clean, **(env or {})})


def in_folder(program, *arguments, name="prog.py", **more):
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, name).write_text(program)
        return enclave("run", name, *arguments, cwd=folder, **more)


def test_hello_passes_output_and_exit_code():
    done = in_folder("import sys\nprint('hello')\nprint('err', file=sys.stderr)\n"
                     "sys.exit(7)\n")
    assert done.stdout == b"hello\n", done
    assert b"err\n" in done.stderr, done
    assert done.returncode == 7, done


SHOWN = ("import os, sys\nprint(sys.stdin.read(), sorted(os.path.relpath("
         "os.path.join(r, f)) for r, _, fs in os.walk('.') for f in fs))\n"
         "enclave.result({'a': [1, '\\x1b']})\n")


def run_shown(folder, *arguments, **more):
    return subprocess.run([str(BIN / "enclave"), "run", *arguments,
                           "prog.py"], cwd=folder, env={
        k: v for k, v in os.environ.items()
        if not k.startswith("ENCLAVE_") or k == "ENCLAVE_ENVIRONMENTS"},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60, **more)


def test_a_folder_of_files_and_its_limits():
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "prog.py").write_text(SHOWN)
        data = Path(folder, "data")
        (data / "sub").mkdir(parents=True)
        (data / "b.txt").write_text("b")
        (data / "sub/a.bin").write_bytes(b"\xff\0")
        (data / "link").symlink_to("b.txt")
        for given, below in (("data", "data/"), ("data/", "data/"),
                             (f"{data}", "data/"), ("data:x/y", "x/y/"),
                             ("data:.", "")):
            done = run_shown(folder, "-f", given)
            for name in ("b.txt", "link", "sub/a.bin"):
                assert f"'{below}{name}'".encode() in done.stdout, (
                    given, done)
        for spoil, said in (
                (lambda: (data / "up").symlink_to(".."), b"symbolic link"),
                (lambda: os.mkfifo(data / "up"), b"neither a file"),
                (lambda: (data / "up").write_bytes(bytes(5 << 20)),
                 b"is larger than"),
                (lambda: [(data / f"n{i}").touch() for i in range(1001)],
                 b"more than 1000 files")):
            spoil()
            done = run_shown(folder, "-f", "data")
            assert done.returncode in (64, 65) and said in done.stderr, done
            if (data / "up").is_symlink() or (data / "up").exists():
                (data / "up").unlink()


def test_standard_input_without_an_option():
    """A file, a pipe: read. A terminal, a pipe of nobody: not waited for."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "prog.py").write_text(SHOWN)
        Path(folder, "in").write_bytes(b"of a file")
        with open(Path(folder, "in"), "rb") as file:
            done = run_shown(folder, stdin=file)
        assert done.stdout.startswith(b"of a file ["), done
        done = run_shown(folder, input=b"of a pipe")
        assert done.stdout.startswith(b"of a pipe ["), done
        done = run_shown(folder, input=b"")
        assert done.stdout.startswith(b" ["), done
        done = run_shown(folder, stdin=subprocess.DEVNULL)
        assert done.stdout.startswith(b" [") and done.stderr == b"", done
        done = run_shown(folder, "--stdin", "in", input=b"other")
        assert done.stdout.startswith(b"of a file ["), done
        reader, writer = os.pipe()
        done = run_shown(folder, stdin=reader)
        assert done.stdout.startswith(b" [") and done.returncode == 0, done
        assert b"gets no standard input" in done.stderr, done
        os.close(writer)
        os.close(reader)
        control, terminal = os.openpty()
        done = run_shown(folder, stdin=terminal)
        assert done.stdout.startswith(b" ["), done
        os.close(terminal)
        os.close(control)
        done = run_shown(folder, input=bytes((1 << 20) + 1))
        assert done.returncode == 65 and b"/dev/null" in done.stderr, done
        done = subprocess.run([str(BIN / "enclave"), "run", "-l", "py", "-"],
                              input=b"print('from here')",
                              capture_output=True, timeout=60)
        assert done.stdout == b"from here\n", done


def test_verbose_names_session_backend_and_result():
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "prog.py").write_text(SHOWN)
        done = run_shown(folder, "-v", stdin=subprocess.DEVNULL)
        text = done.stderr.decode()
        for part in (r"session s-[0-9a-f]+-\d+ on ", "backend (gvisor|native)",
                     "environment default", r"succeeded after \d+ ms",
                     "audit head [0-9a-f]{64}", "it returned {\"a\":"):
            assert re.search(part, text), (part, text)
        assert "\x1b" not in text, text
        Path(folder, "prog.py").write_text("raise SystemExit(3)")
        done = run_shown(folder, "-v", stdin=subprocess.DEVNULL)
        assert done.returncode == 3, done
        assert b"it returned nothing" in done.stderr, done


def test_names_of_languages_and_the_version():
    for language in ("python", "py", "python3", "node", "js", "javascript"):
        program = ("console.log" if language[0] in "nj" else "print") + "(7)"
        done = enclave("run", "-l", language, "-", stdin=program.encode())
        assert done.stdout == b"7\n", (language, done)
    done = enclave("run", "-l", "ruby", "-", stdin=b"7")
    assert done.returncode == 64 and b"ruby" in done.stderr, done
    assert enclave("--version").stdout == enclave("version").stdout


def test_node():
    done = in_folder("console.log('hi'); enclave.result(1)", name="p.mjs")
    assert (done.stdout, done.returncode) == (b"hi\n", 0), done


def test_json_prints_the_ended_session():
    done = in_folder("enclave.result({'answer': sum(i * i for i in range(10))})",
                     "--json")
    session = json.loads(done.stdout)
    assert session["result"]["json"] == {"answer": 285}, session
    place = session["backend"], session["isolation"]["kernel"]
    assert place in (("gvisor", "gvisor"), ("native", "host-kernel")), session
    assert session["audit"]["sealed"] is True, session
    assert session["usage"]["cpuMs"] >= 0
    assert done.returncode == 0, done


def test_output_that_cant_be_written_is_an_error():
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder, "p.py")
        program.write_text("print(1)")
        simulated = {"ENCLAVE_BACKEND": "simulator"}
        for words in (["run", program], ["run", "--json", program],
                      ["run", "--wait", program], ["version"], ["--help"]):
            with open("/dev/full", "wb") as full:
                done = subprocess.run(
                    [BIN / "enclave", *words], stdout=full, timeout=60,
                    stderr=subprocess.PIPE, env={**os.environ, **simulated})
            assert done.returncode == 69, (words, done)
            assert b"can't be written" in done.stderr, (words, done)


def test_an_audit_file_may_be_a_device_or_a_link():
    """A device stays one: root's /dev/null is everybody's."""
    with tempfile.TemporaryDirectory() as folder:
        program, device, file, link = (
            Path(folder, name) for name in ("p.py", "full", "file", "link"))
        program.write_text("print(1)")
        link.symlink_to("file")
        file.write_text("old")
        os.mknod(device, 0o600 | stat.S_IFCHR, os.makedev(1, 7))
        simulated = {"ENCLAVE_BACKEND": "simulator"}
        done = enclave("run", program, "--audit", device, env=simulated)
        assert done.returncode == 69, done
        assert b"can't be written" in done.stderr, done
        assert stat.S_ISCHR(device.stat().st_mode)
        done = enclave("run", program, "--audit", link, env=simulated)
        assert done.returncode == 0, done
        assert link.is_symlink() and "session_sealed" in file.read_text()
        done = enclave("run", program, "--audit", "/dev/stdout", "--json",
                       env=simulated)
        assert done.returncode == 0 and b"session_sealed" in done.stdout, done
        done = enclave("run", program, "--audit", "-", env=simulated, cwd=folder)
        assert done.returncode == 0 and b"session_sealed" in done.stdout, done
        assert not Path(folder, "-").exists()


def test_an_audit_file_may_be_standard_output():
    """A file that is standard output is written on, not replaced."""
    with tempfile.TemporaryDirectory() as folder:
        file, alias = Path(folder, "file"), Path(folder, "alias")
        alias.symlink_to("/dev/stdout")
        Path(folder, "p.py").write_text("print(1)")
        for name in ("/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", alias,
                     "/proc/../dev/stdout", "/proc/thread-self/fd/1", "-"):
            file.write_text("old\n")
            inode = file.stat().st_ino
            with open(file, "ab") as out:
                done = subprocess.run(
                    [BIN / "enclave", "run", "p.py", "--json", "--audit", name],
                    cwd=folder, stdout=out, stderr=subprocess.PIPE, timeout=60,
                    env={**os.environ, "ENCLAVE_BACKEND": "simulator"})
            lines = file.read_text().splitlines()
            assert done.returncode == 0, (name, done)
            assert file.stat().st_ino == inode, name
            assert lines[0] == "old" and "session_sealed" in lines[-1], name


def test_an_audit_file_that_cant_be_is_told_first():
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "p.py").write_text("print('it ran')")
        os.mknod(Path(folder, "socket"), 0o600 | stat.S_IFSOCK)
        Path(folder, "shared").mkdir()
        Path(folder, "shared").chmod(0o1777)
        Path(folder, "shared/link").symlink_to(Path(folder, "p.py"))
        os.lchown(Path(folder, "shared/link"), 65534, 65534)
        for name, why in (("no/such", b"No such file"), (".", b"directory"),
                          ("p.py/x", b"Not a directory"), ("", b"directory"),
                          ("/dev/fd/77", b"Bad file"),
                          ("/dev/fd/+1", b"No such file"),
                          ("/dev/fd/-1", b"No such file"),
                          ("/dev/fd/01", b"No such file"),
                          ("socket", b"No such device"),
                          ("shared/link", b"Permission denied"),
                          ("x" * 5000, b"too long")):
            done = enclave("run", "p.py", "--audit", name, cwd=folder,
                           env={"ENCLAVE_BACKEND": "simulator"})
            assert done.returncode == 69 and why in done.stderr, (name, done)
            assert done.stdout == b"", done
        Path(folder, "in").write_text("input")
        Path(folder, "again").hardlink_to(Path(folder, "in"))
        for name in ("p.py", "./p.py", "in", "again"):
            done = enclave("run", "p.py", "--stdin", "in", "--audit", name,
                           cwd=folder, env={"ENCLAVE_BACKEND": "simulator"})
            assert done.returncode == 64 and b"replace" in done.stderr, done
        assert Path(folder, "p.py").read_text() == "print('it ran')"
        assert Path(folder, "in").read_text() == "input"


def test_a_session_is_found_by_its_name():
    with tempfile.TemporaryDirectory() as folder, Server(
            backend="simulator") as server:
        Path(folder, "p.py").write_text("1")
        there = {"ENCLAVE_BASE_URL": f"unix:{server.socket}"}
        for name in ("build-1", "test-1"):
            done = enclave("run", "p.py", "--name", name, cwd=folder, env=there)
            assert done.returncode == 0, done
        done = enclave("sessions", "list", "--name", "build", env=there)
        lines = done.stdout.decode().splitlines()
        assert len(lines) == 2 and lines[0].split()[-1] == "NAME", lines
        assert "succeeded" in lines[1] and lines[1].endswith("build-1"), lines
        done = enclave("run", "p.py", "--label", "of=b=c:d", cwd=folder,
                       env=there)
        for label in ("of=b=c:d", "of:b=c:d"):
            done = enclave("sessions", "list", "--label", label, env=there)
            assert done.stdout.count(b"succeeded") == 1, (label, done)
        done = enclave("run", "p.py", "--name", "x" * 5000, cwd=folder,
                       env=there)
        assert done.returncode == 64 and b"name" in done.stderr, done


def test_programs_and_input_of_any_bytes():
    """Standard input arrives byte for byte; a program with NUL is refused."""
    echo = "import sys\nsys.stdout.buffer.write(sys.stdin.buffer.read())"
    every = bytes(range(256)) * 3
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "p.py").write_text(echo)
        Path(folder, "input").write_bytes(every)
        done = enclave("run", "p.py", "--stdin", "input", cwd=folder)
        assert done.returncode == 0 and done.stdout == every, done
        done = enclave("run", "p.py", "--stdin", "-", cwd=folder, stdin=b"")
        assert done.returncode == 0 and done.stdout == b"", done
        for code, why in ((b"print(1)\0", b"p.py has a NUL byte at offset 8"),
                          (b"\0", b"offset 0"), (b"'\xff'", b"UTF-8"),
                          (b"", b"p.py is empty")):
            Path(folder, "p.py").write_bytes(code)
            done = enclave("run", "p.py", cwd=folder)
            assert done.returncode == 64 and why in done.stderr, done


def test_a_wrong_name_lists_the_right_ones():
    with Server() as server:
        there = {"ENCLAVE_BASE_URL": f"unix:{server.socket}"}
        for option, right in (("--environment", b"default"),
                              ("--backend", b"but native")):
            done = enclave("run", option, "nope", "-", stdin=b"1",
                           env={**there})
            assert done.returncode == 64, done
            done = enclave("run", "-l", "python", option, "nope", "-",
                           stdin=b"1", env=there)
            assert done.returncode == 64 and right in done.stderr, done


HOSTILE_RESULTS = {
    "a NUL in a name": "{'a\\0b': 1}",
    "a NUL in a text": "'x\\0y'",
    "2^63": "2 ** 63",
    "-2^63 - 1": "-2 ** 63 - 1",
    "400 digits": "10 ** 400",
    "names like ours": "{'json': {'json': 1}, 'result': {'json': 2},"
                       " 'id': 's-1', 'audit': {'sealed': False}}",
    "brackets in texts": "[']}\"', '\\\\', {'}': '{['}]",
    "deep": "eval('[' * 60 + ']' * 60)",
}


def test_no_result_hides_what_a_program_did():
    """Whatever it returns and prints, its operator sees it and its denials."""
    with tempfile.TemporaryDirectory() as folder, Server() as server:
        there = {"ENCLAVE_BASE_URL": f"unix:{server.socket}"}
        for name, value in HOSTILE_RESULTS.items():
            Path(folder, "p.py").write_text(
                "import socket\n"
                "try: socket.create_connection(('192.0.2.9', 81), 1)\n"
                "except OSError: pass\n"
                f"print('a\\0b')\nenclave.result({value})\n")
            for options in ([], ["--wait"], ["--json"]):
                done = enclave("run", "p.py", *options, "--audit", "audit",
                               cwd=folder, env=there)
                assert done.returncode == 0, (name, options, done)
                if "--json" in options:
                    session = json.loads(done.stdout)
                else:
                    assert done.stdout == b"a\0b\n", (name, options, done)
                    assert b"192.0.2.9:81" in done.stderr, (name, done)
                assert "session_sealed" in Path(folder, "audit").read_text()
            for words in (["sessions", "get"], ["result"], ["logs"],
                          ["logs", "--json"], ["audit", "show"],
                          ["result", "--json"]):
                done = enclave(*words, session["id"], env=there)
                assert done.returncode == 0, (name, words, done)
                if words[-1] == "--json":
                    for line in done.stdout.splitlines():
                        json.loads(line)
            done = enclave("result", session["id"], env=there)
            shown = done.stdout.decode().split("result ", 1)[1].lstrip()
            shown = shown.split("\n")[0]
            assert len(shown) > 400 or json.loads(shown) == session["result"][
                "json"], (name, shown)


def test_a_result_says_why_there_is_none():
    """Of a session that lost its server, of one that runs, of one killed."""
    with Server(pool=0) as server:
        there = {"ENCLAVE_BASE_URL": f"unix:{server.socket}"}
        body = {"language": "python", "code": "import time\ntime.sleep(60)"}
        one = server.request("POST", "/v1/sessions", body).json["id"]
        wait_running(server)
        done = enclave("result", one, env=there)
        assert done.returncode == 75 and b"enclave logs -f" in done.stderr, done
        api = next(pid for pid, name in server.children().items()
                   if name == "enclave-api")
        os.kill(api, signal.SIGKILL)
        wait_until(lambda: answers(server) and server.request(
            "GET", f"/v1/sessions/{one}").json["phase"] == "torn_down", 20,
            "its end")
        done = enclave("result", one, env=there)
        assert b"reason       the server ended while it ran" in done.stdout, done
        assert b"outcome      failed" in done.stdout, done
        killed = server.run({**body, "limits": {"wallClockSeconds": 1}})["id"]
        done = enclave("result", killed, env=there)
        assert b"kill reason  wall_clock_exceeded" in done.stdout, done


def start(folder, code, *options, **more):
    """`enclave run` of a program, as a process that can be interrupted."""
    Path(folder, "p.py").write_text(code)
    return subprocess.Popen(
        [BIN / "enclave", "run", "p.py", *options], cwd=folder,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={**os.environ, **more})


def test_an_interrupt_ends_the_session_and_keeps_its_record():
    with tempfile.TemporaryDirectory() as folder, Server(pool=0) as server:
        bundle = Path(folder, "bundle.json")
        for options in ([], ["--wait"], ["--json"]):
            run = start(folder, "import time\ntime.sleep(60)", *options,
                        "--audit", bundle,
                        ENCLAVE_BASE_URL=f"unix:{server.socket}")
            wait_until(lambda: server.request(
                "GET", "/v1/sessions?phase=running").json["sessions"], 20,
                "a running session")
            run.send_signal(signal.SIGINT)
            out, err = run.communicate(timeout=30)
            assert run.returncode == 130, (options, out, err)
            assert b"killed (cancelled)" in err, (options, err)
            assert "session_sealed" in bundle.read_text(), options
            bundle.unlink()
            if "--json" in options:
                assert json.loads(out)["killReason"] == "cancelled", out
            assert not server.request(
                "GET", "/v1/sessions?phase=running").json["sessions"]


def test_an_ignored_signal_stays_ignored():
    """As nohup and shells ask for it."""
    with tempfile.TemporaryDirectory() as folder, Server(pool=0) as server:
        Path(folder, "p.py").write_text("import time\ntime.sleep(2)\nprint(1)")
        run = subprocess.Popen(
            [BIN / "enclave", "run", "p.py"], cwd=folder,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**os.environ, "ENCLAVE_BASE_URL": f"unix:{server.socket}"},
            preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
        wait_until(lambda: server.request(
            "GET", "/v1/sessions?phase=running").json["sessions"], 20,
            "a running session")
        run.send_signal(signal.SIGHUP)
        out, err = run.communicate(timeout=60)
        assert (run.returncode, out) == (0, b"1\n"), err


def test_a_server_that_restarts_is_asked_again():
    """Each form tells how the session ended, and keeps its record."""
    with tempfile.TemporaryDirectory() as folder, Server(pool=0) as server:
        for options in ([], ["--wait"], ["--json"]):
            run = start(folder, "import time\ntime.sleep(60)", *options,
                        "--audit", "bundle",
                        ENCLAVE_BASE_URL=f"unix:{server.socket}")
            wait_until(lambda: server.request(
                "GET", "/v1/sessions?phase=running").json["sessions"], 20,
                "a running session")
            api = [pid for pid, name in server.children().items()
                   if name == "enclave-api"]
            os.kill(api[0], signal.SIGKILL)
            out, err = run.communicate(timeout=60)
            assert run.returncode == 70, (options, out, err)
            assert b"the server ended while it ran" in err, (options, err)
            assert "session_sealed" in Path(folder, "bundle").read_text()
            if "--json" in options:
                assert json.loads(out)["outcome"] == "failed", out
            wait_until(lambda: answers(server), 20, "an answer")


def test_a_server_that_was_away_is_asked_again():
    """enclaved itself was killed: for a moment nobody listens."""
    for options in ([], ["--wait"]):
        with tempfile.TemporaryDirectory() as folder, \
                tempfile.TemporaryDirectory() as state:
            server = Server(pool=0, state=state).start()
            run = start(folder, "import time\nprint(1, flush=True)\n"
                        "time.sleep(60)", *options, "--audit", "bundle",
                        ENCLAVE_BASE_URL=f"unix:{server.socket}")
            wait_until(lambda: server.request(
                "GET", "/v1/sessions?phase=running").json["sessions"], 20,
                "a running session")
            server.stop(signal.SIGKILL)
            with server:
                out, err = run.communicate(timeout=60)
            assert run.returncode == 70, (options, out, err)
            assert b"enclave: the session failed: " in err, (options, err)
            assert "session_sealed" in Path(folder, "bundle").read_text()


class Hasty(http.server.BaseHTTPRequestHandler):
    """A server that doesn't wait; the session ends with the sixth answer."""
    protocol_version = "HTTP/1.1"
    answers = 0

    def do_GET(self):
        Hasty.answers += 1
        body = json.dumps({"id": "s-0000000000-1", "audit": {
            "sealed": Hasty.answers > 5}, "usage": {"egressAttempts": 0},
            "result": {"exitCode": 0}}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def log_message(self, *_):
        pass


def test_a_server_that_does_not_wait_is_not_flooded():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hasty) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        begin = time.monotonic()
        done = in_folder("print(1)", "--wait", env={
            "ENCLAVE_BASE_URL": f"http://127.0.0.1:{server.server_port}"})
        seconds = time.monotonic() - begin
        server.shutdown()
    assert (done.returncode, Hasty.answers) == (0, 6), done
    assert seconds > 0.6, seconds  # four pauses


def test_a_server_that_is_gone_leaves_a_name():
    with tempfile.TemporaryDirectory() as folder, Server(pool=0) as server:
        run = start(folder, "import time\ntime.sleep(60)", "--json",
                    ENCLAVE_BASE_URL=f"unix:{server.socket}")
        session = wait_until(lambda: server.request(
            "GET", "/v1/sessions?phase=running").json["sessions"], 20,
            "a running session")[0]["id"]
        server.stop(signal.SIGKILL)
        _, err = run.communicate(timeout=60)
        assert run.returncode == 69, err
        assert f"sessions get {session}".encode() in err, err


def test_a_pipe_without_a_reader_does_not_make_it_deaf():
    with tempfile.TemporaryDirectory() as folder:
        fifo = Path(folder, "fifo")
        os.mkfifo(fifo)
        for options, size in ((["--audit", fifo], 1), (["--wait"], 300000),
                              ([], 300000)):
            run = start(folder, f"print('x' * {size})", *options)
            wait_until(lambda: waits_for_partner(run.pid) or
                       waiting_bytes(run.stdout) > 60000, 20, "a wait")
            run.send_signal(signal.SIGTERM)
            code = run.wait(30)
            assert code == 130, (options, code, run.stderr.read())
            run.communicate()


def test_output_that_is_broken_off_is_no_success():
    """Although the session had ended well before the signal."""
    with tempfile.TemporaryDirectory() as folder, Server(pool=0) as server:
        run = start(folder, "print('x' * 300000)",
                    ENCLAVE_BASE_URL=f"unix:{server.socket}")
        wait_until(lambda: server.request(
            "GET", "/v1/sessions?phase=succeeded").json["sessions"], 20,
            "its end")
        wait_until(lambda: waiting_bytes(run.stdout) > 60000, 20, "a wait")
        run.send_signal(signal.SIGTERM)
        assert run.wait(30) == 130
        assert b"the output isn't whole" in run.communicate()[1]


def test_a_terminal_without_a_reader_does_not_make_it_deaf():
    """It may take a part of a write, and block."""
    with tempfile.TemporaryDirectory() as folder:
        for options, size in (([], 400000), (["--wait"], 400000),
                              ([], 70000)):
            Path(folder, "p.py").write_text(f"print('x' * {size})")
            ours, theirs = os.openpty()
            run = subprocess.Popen(
                [BIN / "enclave", "run", *options, "p.py"], cwd=folder,
                stdin=subprocess.DEVNULL, stdout=theirs,
                stderr=subprocess.PIPE, start_new_session=True)
            os.close(theirs)
            wait_until(lambda: waiting_bytes(ours) > 4000, 20, "output")
            time.sleep(0.5)
            run.send_signal(signal.SIGTERM)
            assert run.wait(20) == 130, (options, run.stderr.read())
            run.stderr.close()
            os.close(ours)


def test_a_pipe_that_does_not_block_is_waited_for():
    """Another process made it so; a reader that is slow gets everything."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "p.py").write_text("print('x' * 300000)")
        ours, theirs = os.pipe()
        os.set_blocking(theirs, False)
        run = subprocess.Popen([BIN / "enclave", "run", "p.py"], cwd=folder,
                               stdout=theirs, stderr=subprocess.PIPE)
        os.close(theirs)
        wait_until(lambda: waiting_bytes(ours) > 60000, 20, "a full pipe")
        with open(ours, "rb") as out:
            assert out.read() == b"x" * 300000 + b"\n"
        assert run.wait(30) == 0, run.stderr.read()
        run.stderr.close()


def waiting_bytes(fd):
    count = array.array("i", [0])
    fcntl.ioctl(fd, termios.FIONREAD, count)
    return count[0]


def waits_for_partner(pid):
    place = Path(f"/proc/{pid}/wchan").read_text()
    return "fifo" in place or place == "wait_for_partner"


def test_audit_file_verifies_offline():
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "p.py").write_text("print(1)")
        bundle = Path(folder, "b.json")
        done = enclave("run", "p.py", "--audit", str(bundle), cwd=folder)
        assert done.returncode == 0, done
        done = enclave("audit", "verify", str(bundle))
        assert done.returncode == 0 and b"ok" in done.stdout, done


def test_nothing_is_left_of_the_private_plane():
    with tempfile.TemporaryDirectory() as folder:
        in_folder("pass", env={"XDG_RUNTIME_DIR": folder})
        wait_until(lambda: not os.listdir(folder), 5,
                   "temporary state removed")


def test_a_signal_during_the_start_leaves_no_private_plane():
    """Before there is a keeper, before it ignores signals, before enclaved
    can take one."""
    stop = "signal=SIGINT"
    for inject, code in ((f"mkdir:{stop}", -signal.SIGINT), (f"setsid:{stop}", 0),
                         ("rt_sigaction:delay_exit=300000:when=1..8",
                          -signal.SIGTERM)):
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "p.py").write_text("print(1)")
            Path(folder, "run").mkdir(mode=0o700)
            run = subprocess.Popen(
                ["strace", "-f", "-qqq", "-o", "/dev/null",
                 "-e", f"inject={inject}", BIN / "enclave", "run", "p.py"],
                cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                env={**os.environ, "ENCLAVE_BACKEND": "simulator",
                     "XDG_RUNTIME_DIR": f"{folder}/run"})
            if code == -signal.SIGTERM:  # while enclaved is a mere fork
                family = wait_until(
                    lambda: (all_ := descendants(run.pid)) and len(all_) == 4
                    and list(all_.values()).count("enclave") == 3 and all_,
                    20, "enclaved")
                os.kill(min(set(family) - {run.pid}), signal.SIGTERM)
            _, err = run.communicate(timeout=60)
            assert run.returncode == code, (inject, run.returncode, err)
            wait_until(lambda: not list(Path(folder, "run").iterdir()), 8,
                       f"an empty directory after {inject}")


def test_a_private_server_without_room_says_so():
    """Not only that enclave-api ends again and again."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k,mode=0700",
                        "tmpfs", folder], check=True)
        try:
            Path(folder, "p.py").write_text("print(1)")
            done = enclave("run", Path(folder, "p.py"), env={
                "ENCLAVE_BACKEND": "simulator", "XDG_RUNTIME_DIR": folder})
            left = os.listdir(folder)
        finally:
            subprocess.run(["umount", "-l", folder], check=True)
    assert done.returncode == 69 and b"disk" in done.stderr, done
    assert left == ["p.py"], left


def test_mistakes_say_what_to_do():
    done = enclave("run", "missing.py")
    assert done.returncode == 66 and b"missing.py" in done.stderr, done
    # What isn't a file has no language to ask for.
    done = enclave("run", "ls")
    assert done.returncode == 66 and b"No such file" in done.stderr, done
    done = enclave("run", "/")
    assert done.returncode == 64 and b"Is a directory" in done.stderr, done
    done = enclave("run", "/etc/passwd")
    assert done.returncode == 64 and b"--language" in done.stderr, done
    done = enclave("run", "--lanugage", "python", "x.py")
    assert done.returncode == 64 and b"--language" in done.stderr, done
    done = enclave("frobnicate")
    assert done.returncode == 64 and b"frobnicate" in done.stderr, done
    done = enclave("sessions", env={"ENCLAVE_BASE_URL": "unix:/nonexistent"})
    assert done.returncode != 0 and b"/nonexistent" in done.stderr, done
    done = enclave("--help")
    assert done.returncode == 0 and b"run" in done.stdout, done


def test_limits_and_kill_reason_reach_the_person():
    done = in_folder("import time\ntime.sleep(60)\n", "--limit",
                     "wallClockSeconds=1")
    assert done.returncode not in (0, 60), done
    assert b"wall_clock_exceeded" in done.stderr, done


def test_blocked_connections_are_named():
    done = in_folder("import urllib.request as u\n"
                     "u.urlopen('http://evil.example.com/', timeout=5)\n")
    assert done.returncode == 1, done
    assert b"evil.example.com" in done.stderr, done
    assert b"record: --audit PATH, in the next run\n" in done.stderr, done


def test_a_message_begins_a_line():
    """Also behind a line that the program left open; no byte without one."""
    connect = "import socket\nsocket.socket().connect_ex(('10.9.8.7', 443))\n"
    write = "import os\nos.write(2, b'open')\n"
    assert in_folder(write).stderr == b"open"
    for program, options in ((write + connect, []), (write + connect, ["-w"]),
                             (write + "os.kill(os.getpid(), 9)", []),
                             (write + connect, ["--audit", "/dev/full"])):
        lines = in_folder(program, *options).stderr.split(b"\n")
        assert lines[0] == b"open" and lines.pop() == b"", lines
        assert len(lines) > 1 and all(
            line.startswith(b"enclave: ") for line in lines[1:]), lines


def test_an_audit_file_past_the_limit_of_sizes_is_an_error():
    """The temporary file is removed, and the old one stays."""
    with tempfile.TemporaryDirectory() as folder, Server(pool=0) as server:
        Path(folder, "p.py").write_text("print(1)")
        Path(folder, "bundle").write_text("old")
        done = subprocess.run(
            ["prlimit", "--fsize=1024", "--", BIN / "enclave", "run", "p.py",
             "--audit", "bundle"], cwd=folder, capture_output=True,
            timeout=60, env={**os.environ,
                             "ENCLAVE_BASE_URL": f"unix:{server.socket}"})
        assert done.returncode == 69, done
        assert b"bundle can't be written: File too large" in done.stderr, done
        assert sorted(os.listdir(folder)) == ["bundle", "p.py"]
        assert Path(folder, "bundle").read_text() == "old"


def test_denials_are_named_although_the_audit_file_cant_be_written():
    done = in_folder("import socket\n"
                     "socket.socket().connect_ex(('10.9.8.7', 443))\n",
                     "--audit", "/dev/full")
    assert done.returncode == 69, done
    assert b"blocked: 10.9.8.7:443" in done.stderr, done
    assert b"/dev/full can't be written" in done.stderr, done


def test_the_rest_of_the_denials_is_no_exact_number():
    """A gate sums what is beyond 512 destinations."""
    done = in_folder("import socket\n"
                     "for port in range(1, 601):\n"
                     "    socket.socket().connect_ex(('10.9.8.7', port))\n")
    assert done.returncode == 0, done
    assert b"blocked: at least 50" in done.stderr, done
    done = in_folder("import socket\n"
                     "for port in range(1000, 1020):\n"
                     "    socket.socket().connect_ex(('10.9.8.7', port))\n")
    assert b"blocked: 10 more destinations" in done.stderr, done
