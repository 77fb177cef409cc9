"""The unit that `make install` brings, as a server that stories ask."""

import os
import re
import subprocess
from pathlib import Path
from types import SimpleNamespace

from enclave_test import Server, descendants, wait_until
from leftovers import host_state
from pace import paced

UNIT = "enclave.service"
GROUPS = Path("/sys/fs/cgroup")


def sh(*command, seconds=60, check=True, **more):
    """One program, its output as text; fails with what it said."""
    done = subprocess.run(command, capture_output=True, text=True,
                          timeout=paced(seconds), **more)
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(command)}: exit {done.returncode}: "
                             f"{(done.stdout + done.stderr)[-1500:]}")
    return done.stdout


def property_of(name):
    return sh("systemctl", "show", "--property", name, "--value", UNIT).strip()


class Service(Server):
    """Started and stopped by systemd; the rest is any server's."""

    def __init__(self, backend="native"):
        super().__init__(state="/var/lib/enclave", backend=backend)
        self.socket = Path("/run/enclave/enclave.sock")

    @property
    def process(self):
        return SimpleNamespace(pid=int(property_of("MainPID")))

    @process.setter
    def process(self, _):
        """Server's own; systemd knows better."""

    def run(self, request, wait="60s"):
        return super().run({"backend": self.backend, **request}, wait)

    def answers(self):
        try:
            return self.request("GET", "/v1/healthz", timeout=2).status == 200
        except OSError:
            return False

    def wait_ready(self, seconds=20):
        wait_until(self.answers, seconds, "a server that answers")

    def wait_end(self, session, seconds=30):
        """Until a session's sandbox is gone; returns the session."""
        def ended():
            found = self.request("GET", f"/v1/sessions/{session}").json
            return found if found["phase"] == "torn_down" else None
        return wait_until(ended, seconds, f"the end of {session}")


def groups():
    """Directories of cgroups that are the unit's, in every hierarchy."""
    return sorted(top for top, _, _ in os.walk(GROUPS)
                  if UNIT in top or "/enclave/" in top)


def strangers(pids):
    """Processes of ours that aren't below the unit's main process."""
    names = {int(p.name): (p / "comm").read_text().strip()
             for p in Path("/proc").iterdir() if p.name.isdigit()
             and (p / "comm").exists()}
    return sorted(name for pid, name in names.items() if pid not in pids and
                  re.match("enclave|runsc", name))


def left_on_host(server):
    """What sessions, and the unit itself, could leave behind.

    A unit that was started anew has other descriptors and files.
    """
    state = {kind: seen for kind, seen in host_state(server).items()
             if kind not in ("descriptors", "files")}
    below = descendants(server.process.pid) if server.process.pid else {}
    return {**state, "strangers": strangers(below), "groups": len(groups())}
