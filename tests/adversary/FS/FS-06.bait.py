# id: FS-06.bait   class: ESC   kind: client
# Where the host's root changes an owner or a mode it goes by descriptors that
# it made itself: never along a path that a program could have bent.
import os
import re
import signal
import subprocess
import tempfile
from pathlib import Path
from enclave_test import Server, wait_until

CALLS = "chown,lchown,fchown,fchownat,chmod,fchmod,fchmodat"
with tempfile.TemporaryDirectory() as place, Server(pool=0) as server:
    victim = Path(place) / "victim"
    victim.write_text("x")
    before = victim.stat()
    trace = Path(place) / "trace"
    strace = subprocess.Popen(
        ["strace", "-f", "-qq", "-b", "execve", "-o", trace,
         "-e", f"trace={CALLS}", "-p", str(server.process.pid)],
        stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: f"TracerPid:\t{strace.pid}" in Path(
            f"/proc/{server.process.pid}/status").read_text(), 20, "strace")
        session = server.run({"language": "python", "files": [
            {"path": "a/b/c", "content": "x", "mode": "0755"}], "code": f"""
import os, shutil
shutil.rmtree("/work/a")
os.symlink({str(victim)!r}, "/work/a")
os.symlink("/etc/passwd", "/tmp/x")
"""})
        server.audit(session["id"])
    finally:
        strace.send_signal(signal.SIGINT)
        strace.wait(20)
    assert session["outcome"] == "succeeded", session
    seen = 0
    # A child is traced up to its exec: from there on it has no right of the
    # host's, and gVisor traces processes of its own.
    for line in trace.read_text().splitlines():
        _, _, call = line.partition(" ")
        if "chown" not in call and "chmod" not in call:
            continue
        seen += 1
        path = re.search(r'"([^"]*)"', call)
        assert path is None or "/" not in path.group(1), line
        assert "AT_FDCWD" not in call, line
    assert seen >= 4, trace.read_text()
    after = victim.stat()
    assert (after.st_uid, after.st_mode) == (before.st_uid, before.st_mode)
