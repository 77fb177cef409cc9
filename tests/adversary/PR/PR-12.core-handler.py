# id: PR-12.core-handler   class: ESC   kind: client   alone: machine
# A program that core_pattern names runs as root of the host and is handed the
# crashed memory, whatever RLIMIT_CORE says, but for 1 (core(5)). No session may
# have it run. The host's own setting is put back at the end.
import os
import secrets
import select
import subprocess
import tempfile
from pathlib import Path
from enclave_client import Client

PATTERN = Path("/proc/sys/kernel/core_pattern")
# Others may crash on this machine meanwhile: each of ours has a name.
CRASH = """
import os, resource, signal
open("/proc/self/comm", "w").write("%s")
for limit in %s:
    try:
        resource.setrlimit(resource.RLIMIT_CORE, limit)
        if limit != (1, 1): print("HELD", limit, flush=True)
    except (ValueError, OSError):
        pass
os.kill(os.getpid(), signal.SIGSEGV)
"""
LIMITS = [(0, 0), (1, 1), (1 << 30, 1 << 30)]


def crash_outside(pipe):
    """At a limit of 0, and wait until the handler has told of it."""
    name = secrets.token_hex(6)
    subprocess.run(["python3", "-c", (CRASH % (name, [(0, 0)]))],
                   capture_output=True)
    told = b""
    while name.encode() not in told:
        assert select.select([pipe], [], [], 20)[0], "the handler never ran"
        told += os.read(pipe, 4096)
    return told


client = Client()
with tempfile.TemporaryDirectory() as place:
    heard = Path(place) / "heard"
    handler = Path(place) / "handler"
    os.mkfifo(heard)
    handler.write_text(f"#!/bin/sh\nexec echo \"$1\" 1<>{heard}\n")
    handler.chmod(0o755)
    pipe = os.open(heard, os.O_RDWR)
    before = PATTERN.read_text()
    try:
        PATTERN.write_text(f"|{handler} %e\n")
        crash_outside(pipe)
        names = []
        for limits in (LIMITS, []):
            names.append(secrets.token_hex(6))
            session = client.run({"language": "python",
                                  "code": CRASH % (names[-1], limits)})
            assert session["result"]["signal"] == 11, session
            assert "HELD" not in session["result"]["stdout"], session
        told = crash_outside(pipe)  # comes after those of the sessions
        for name in names:
            assert name.encode() not in told, told
    finally:
        PATTERN.write_text(before)
    os.close(pipe)
