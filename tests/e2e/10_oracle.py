"""The oracle of tests/adversary notices what it is there for."""

import base64
import os
import signal
import subprocess
import time

from adversary_oracle import Oracle
from enclave_test import Server, descendants, wait_until


def test_the_oracle_notices():
    with Server(pool=0) as server:
        server.audit(server.run({"code": "pass", "language": "python"})["id"])
        oracle = Oracle(server)
        oracle.begin_group()
        assert oracle.after_wave() == []

        stray = subprocess.Popen(["sleep", "60"], user=oracle.block + 500)
        try:
            assert any("strays" in one for one in oracle.after_wave())
        finally:
            stray.kill()
            stray.wait()

        with open(server.log, "ab") as log:
            log.write(base64.b64encode(b"x" + oracle.case_secret.encode()))
        oracle.host["runtime enclaved"] = "of another program"
        pulse = next(pid for pid, name in
                     descendants(server.process.pid).items()
                     if name == "python3")
        os.kill(pulse, signal.SIGSTOP)
        until = time.monotonic() + 3
        wait_until(lambda: time.monotonic() > until, 5, "a gap in the pulse")
        os.kill(pulse, signal.SIGCONT)
        time_of_pulse = time.monotonic() + 0.6
        wait_until(lambda: time.monotonic() > time_of_pulse, 5, "a pulse")

        faults = oracle.end_group()
        assert any("the case secret is in the log" in one for one in faults), (
            faults)
        assert any("runtime enclaved" in one for one in faults), faults
        assert oracle.stills, "the stopped sibling went unnoticed"
        assert len(faults) == 2, faults
