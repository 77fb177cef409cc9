"""What somebody does to a record afterwards is found, and the place named."""

import json
import re
import subprocess
from pathlib import Path

from enclave_test import BIN, Server, verify


def bundle():
    with Server() as server:
        session = server.run({"language": "python", "code":
                              "import socket\n"
                              "socket.create_connection(('192.0.2.1', 80), 3)\n"
                              "print('x')\nenclave.result(1)"})
        done = subprocess.run(
            [str(BIN / "enclave"), "audit", "export", session["id"]],
            capture_output=True,
            env={"ENCLAVE_BASE_URL": f"unix:{server.socket}"})
        assert done.returncode == 0, done
        return done.stdout


def named(text):
    return re.search(r"line \d+|seq \d+|byte \d+", text)


def test_tampering_is_found_and_named():
    whole = bundle()
    lines = whole.splitlines(keepends=True)
    assert len(lines) >= 6, whole
    assert verify(whole)[0] == 0, verify(whole)
    for at in range(0, len(whole), 7):
        mutant = bytearray(whole)
        mutant[at] ^= 1
        code, text = verify(bytes(mutant))
        assert code in (1, 4) and named(text), (at, code, text)
    for i in range(len(lines)):
        code, text = verify(b"".join(lines[:i] + lines[i + 1:]))
        assert code == (2 if i == len(lines) - 1 else 1), (i, code, text)
        assert named(text), text
    for i in range(len(lines)):  # and replayed, at each place behind it
        for j in range(i + 1, len(lines) + 1):
            code, text = verify(b"".join(lines[:j] + [lines[i]] + lines[j:]))
            assert code == 1 and named(text), (i, j, code, text)
    for i in range(len(lines) - 1):
        swapped = lines[:i] + [lines[i + 1], lines[i]] + lines[i + 2:]
        code, text = verify(b"".join(swapped))
        assert code == 1 and named(text), (i, code, text)
    for end in range(10, len(whole) - 1, 13):
        code, text = verify(whole[:end])
        assert code in (1, 2) and text.strip(), (end, code, text)
    head = json.loads(lines[-1])["hash"]
    for options, wanted in (("--head", head), 0), (("--head", "0" * 64), 6), (
            ("--require-all",), 0):
        done = subprocess.run([str(BIN / "enclave"), "audit", "verify",
                               *options, "-"], input=whole,
                              capture_output=True)
        assert done.returncode == wanted, done


def test_another_file_is_no_bundle():
    code, text = verify(Path(__file__).read_bytes())
    assert code == 5 and "no audit bundle" in text, (code, text)


def test_a_missing_file_is_a_usage_error():
    done = subprocess.run([str(BIN / "enclave"), "audit", "verify", "/none"],
                          capture_output=True)
    assert done.returncode == 3 and b"/none" in done.stderr, done


def test_the_vector_agrees():
    vector = Path(__file__).parent.parent / "vectors/audit.jsonl"
    code, text = verify(vector.read_bytes())
    assert code == 0, text
