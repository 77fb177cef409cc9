"""The vault signs the head of each sealed log, once."""

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from enclave_test import BIN, TOP, Server, need_gvisor, wait_until
from store_pages import edited, rows

VERIFIERS = ([str(BIN / "enclave"), "audit", "verify"],
             [sys.executable, str(TOP / "tools/audit_verify.py")])


class Files:
    """A bundle, its signature and the key, as the commands write them."""

    def __init__(self, directory, server):
        self.server = server
        self.log, self.signature, self.key = (
            Path(directory, name) for name in ("log", "signature", "key"))

    def enclave(self, *words):
        return subprocess.run(
            [str(BIN / "enclave"), *words], capture_output=True, text=True,
            env={"ENCLAVE_BASE_URL": f"unix:{self.server.socket}"})

    def export(self, session):
        done = self.enclave("audit", "export", session, "--out",
                            str(self.log), "--signature", str(self.signature))
        assert done.returncode == 0, done
        done = self.enclave("audit", "key")
        assert done.returncode == 0, done
        self.key.write_text(done.stdout)

    def verdicts(self):
        return [subprocess.run(
            [*verifier, "--signature", str(self.signature), "--key",
             str(self.key), str(self.log)], capture_output=True).returncode
            for verifier in VERIFIERS]

    def lines(self, signature):
        """Whether each says that it is signed; "-" is standard input."""
        more = ["--signature", signature, "--key", str(self.key)] * bool(
            signature)
        found = []
        for verifier in VERIFIERS:
            done = subprocess.run([*verifier, *more, str(self.log)],
                                  input=self.signature.read_text(), text=True,
                                  capture_output=True)
            assert done.returncode == 0 and done.stdout[:3] == "ok:", done
            found.append(done.stdout.endswith(", signed\n"))
        return found

    def refuses(self, *words, closed=False):
        for verifier in VERIFIERS:
            done = subprocess.run(
                ["sh", "-c", 'exec "$@" <&-' if closed else 'exec "$@"', "sh",
                 *verifier, *map(str, words)], capture_output=True, text=True,
                input=None if closed else self.signature.read_text())
            assert (done.returncode, done.stdout) == (3, ""), done
            assert done.stderr and "Traceback" not in done.stderr, done


def run_one(server):
    return server.run({"code": "print(1)", "language": "python"})["id"]


def signature_of(server, session):
    return server.request("GET", f"/v1/sessions/{session}/audit/signature")


def both_agree(backend):
    with Server(backend=backend) as server, \
            tempfile.TemporaryDirectory() as directory:
        files = Files(directory, server)
        first, second = run_one(server), run_one(server)
        files.export(first)
        assert files.verdicts() == [0, 0]
        answer = signature_of(server, first).json
        assert answer["signature"] == files.signature.read_text().strip()
        assert files.lines(str(files.signature)) == [True, True]
        assert files.lines("-") == [True, True]
        assert files.lines(None) == [False, False]
        # One input for two files, none at all, and twice the same option.
        files.refuses("--signature", "-", "--key", "-", files.log)
        files.refuses("--signature", files.signature, "--key", "-", "-")
        files.refuses("--signature", files.signature, "--signature",
                      files.signature, "--key", files.key, files.log)
        files.refuses("-", closed=True)
        files.refuses("--signature", "-", "--key", files.key, files.log,
                      closed=True)
        lines = files.log.read_text().splitlines()
        assert answer["count"] == len(lines) - 1
        assert answer["head"] == json.loads(lines[-1])["hash"]
        assert answer["sealedAt"] == json.loads(lines[-1])["ts"]
        # It is of this log alone, and of this server.
        signature = files.signature.read_text()
        files.export(second)
        assert files.verdicts() == [0, 0]
        files.signature.write_text(signature)
        assert files.verdicts() == [8, 8]
        files.export(second)
        files.key.write_text("00" * 32 + "\n")
        assert files.verdicts() == [8, 8]
        files.key.write_text("00" * 32 + "\r\n", newline="")
        assert files.verdicts() == [3, 3]
        files.key.write_text("00\n")
        assert files.verdicts() == [3, 3]
        files.key.unlink()
        assert files.verdicts() == [3, 3]


def test_both_verifiers_agree():
    both_agree("native")


def test_both_verifiers_agree_in_gvisor():
    need_gvisor()
    both_agree("gvisor")


def test_before_the_seal_and_without_a_session():
    with Server(pool=0) as server:
        running = server.request("POST", "/v1/sessions", {
            "code": "import time; time.sleep(60)", "language": "python"})
        session = running.json["id"]
        refused = signature_of(server, session)
        assert (refused.status, refused.code) == (409, "not_finished")
        refused = signature_of(server, "s-0000000000-99")
        assert (refused.status, refused.code) == (404, "not_found")
        server.request("DELETE", f"/v1/sessions/{session}")
        # A bundle is there once the log is sealed.
        server.audit(session)
        assert signature_of(server, session).status == 200


def test_two_files():
    """The bundle doesn't replace the signature."""
    with Server(pool=0) as server, \
            tempfile.TemporaryDirectory() as directory:
        files = Files(directory, server)
        session = run_one(server)
        for words in (("--out", str(files.log)), ()):
            path = words[1] if words else "-"
            done = files.enclave("audit", "export", session, *words,
                                 "--signature", path)
            assert (done.returncode, done.stdout) == (64, ""), done
            assert not files.log.exists()
        # What can't be signed to leaves the other file alone.
        files.log.write_text("old")
        done = files.enclave("audit", "export", session, "--out",
                             str(files.log), "--signature", directory)
        assert (done.returncode, files.log.read_text()) == (69, "old"), done


def number_of(session):
    return int(session.rpartition("-")[2])


def stored(state):
    """Numbers of the sessions whose signature a stopped server has."""
    database, = Path(state).rglob("enclave.db")
    return {number for number, in rows(
        database, "SELECT number FROM signatures")}


def wait_for_vault(server):
    """It answers in order: what it was asked to sign before is signed then."""
    wait_until(lambda: server.request("GET", "/v1/audit/key").status == 200,
               20, "a vault")


def test_each_log_is_signed_unasked():
    with tempfile.TemporaryDirectory(prefix="enclave-test-") as state:
        with Server(pool=0, state=state) as server:
            sessions = [run_one(server) for _ in range(3)]
        assert stored(state) == {number_of(one) for one in sessions}


def test_a_vault_that_dies():
    """What was sealed meanwhile is signed by the next one, unasked."""
    with tempfile.TemporaryDirectory(prefix="enclave-test-") as state:
        with Server(pool=0, state=state) as server:
            first = run_one(server)
            before = signature_of(server, first).json
            vault, = [pid for pid, name in server.children().items()
                      if name == "enclave-vault"]
            os.kill(vault, signal.SIGSTOP)
            sessions = [run_one(server) for _ in range(3)]
            os.kill(vault, signal.SIGKILL)
            wait_for_vault(server)
            assert signature_of(server, first).json == before
        assert stored(state) == {number_of(one) for one in [first, *sessions]}


def test_it_outlives_the_server():
    """The store has it; a session that was cut off is signed, too."""
    with tempfile.TemporaryDirectory(prefix="enclave-test-") as state:
        with Server(pool=0, state=state) as server:
            first = run_one(server)
            before = signature_of(server, first).json
            key = server.request("GET", "/v1/audit/key").json
            cut = server.request("POST", "/v1/sessions", {
                "code": "import time; time.sleep(60)",
                "language": "python"}).json["id"]
            server.stop(signal.SIGKILL)
        with Server(pool=0, state=state) as server:
            wait_for_vault(server)
        assert stored(state) == {number_of(first), number_of(cut)}
        with Server(pool=0, state=state) as server:
            assert signature_of(server, first).json == before
            assert server.request("GET", "/v1/audit/key").json == key
            with tempfile.TemporaryDirectory() as directory:
                files = Files(directory, server)
                files.export(cut)
                assert files.verdicts() == [0, 0]


def test_a_second_history_is_not_signed():
    """Whoever rewrites the store gets no signature for it."""
    with tempfile.TemporaryDirectory(prefix="enclave-test-") as state:
        with Server(pool=0, state=state) as server:
            session = run_one(server)
        rewrite(Path(state), session)
        with Server(pool=0, state=state) as server:
            refused = signature_of(server, session)
            assert (refused.status, refused.code) == (409, "conflict")
            assert "another history" in refused.json["error"]["message"]


def rewrite(state, session):
    """Puts another time into a session's seal, as a whole chain has it."""
    database, = state.rglob("enclave.db")
    number = number_of(session)
    with edited(database) as db:
        at, line = db.execute(
            "SELECT e.rowid, e.data FROM entries e JOIN sessions"
            " ON session = serial WHERE number = ? AND kind = 4"
            " ORDER BY seq DESC LIMIT 1", (number,)).fetchone()
        begin, _, end = line.decode().partition(',"salt"')
        begin = re.sub(r'"ts":"....', '"ts":"2020', begin)
        digest = hashlib.sha256(
            f"enclave-audit-v1\n{begin}}}".encode()).hexdigest()
        end = re.sub(r'"hash":"[0-9a-f]*"', f'"hash":"{digest}"', end)
        db.execute("UPDATE entries SET data = ? WHERE rowid = ?",
                   (f'{begin},"salt"{end}'.encode(), at))
        assert db.execute("DELETE FROM signatures WHERE number = ?",
                          (number,)).rowcount == 1


def test_the_simulator_has_none():
    with Server(backend="simulator") as server:
        session = run_one(server)
        for path in (f"/v1/sessions/{session}/audit/signature",
                     "/v1/audit/key"):
            refused = server.request("GET", path)
            assert (refused.status, refused.code) == (501, "not_available")
