# id: PR-17.signals   class: ESC   kind: client
# A pid may be somebody else's by the time that it is signalled. The launcher
# ends sandboxes by cgroup and by pidfd alone, through sessions that end by
# themselves, are cancelled, and run over their limits.
import signal
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from enclave_test import Server, wait_until

with tempfile.TemporaryDirectory() as place, Server(pool=0) as server:
    trace = Path(place) / "trace"
    launcher = server.process.pid
    strace = subprocess.Popen(
        ["strace", "-qq", "-o", trace, "-e", "trace=kill,tkill,tgkill,rt_sigqueueinfo,pidfd_send_signal",
         "-p", str(launcher)], stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: f"TracerPid:\t{strace.pid}" in Path(
            f"/proc/{launcher}/status").read_text(), 20, "strace")

        def one(n):
            if n % 3 == 0:
                return server.run({"command": ["/bin/true"]})["id"]
            if n % 3 == 1:
                session = server.request("POST", "/v1/sessions", {"command": ["/bin/sleep", "60"]}).json["id"]
                server.request("DELETE", f"/v1/sessions/{session}")
                return session
            return server.run({"language": "python", "code": "import os\nwhile True:\n try: os.fork()\n except OSError: pass",
                               "limits": {"pidsLimit": 8, "wallClockSeconds": 3}})["id"]

        with ThreadPoolExecutor(6) as pool:
            for session in list(pool.map(one, range(90))):
                server.audit(session)
    finally:
        strace.send_signal(signal.SIGINT)
        strace.wait(20)
    lines = [line for line in trace.read_text().splitlines() if "(" in line]
    assert any(line.startswith("pidfd_send_signal(") for line in lines), lines
    others = [line for line in lines if not line.startswith("pidfd_send_signal(")]
    assert others == [], others
