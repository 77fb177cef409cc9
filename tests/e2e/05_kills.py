"""kill -9 of each program, under load: nothing acknowledged is lost."""

import json
import os
import shutil
import signal
import tempfile
import threading
import time
from pathlib import Path

from enclave_test import (Server, descendants, need_gvisor, stat_of, verify,
                          wait_until)
from facts import groups_of
from leftovers import host_state


class Load:
    """Clients that keep making sessions and remember what was acknowledged."""

    def __init__(self, server, workers=4):
        self.server, self.stopped = server, threading.Event()
        self.ids, self.lock = [], threading.Lock()
        self.threads = [threading.Thread(target=self.work)
                        for _ in range(workers)]
        for thread in self.threads:
            thread.start()

    def work(self):
        body = {"language": "python", "code":
                "import socket, time\n"
                "try: socket.create_connection(('192.0.2.9', 81), 1).recv(1)\n"
                "except OSError: pass\ntime.sleep(0.2)"}
        while not self.stopped.is_set():
            try:
                reply = self.server.request("POST", "/v1/sessions", body,
                                            timeout=10)
                if reply.status == 201:
                    with self.lock:
                        self.ids.append(reply.json["id"])
                    self.pause(reply.json["id"])
            except (OSError, ValueError, json.JSONDecodeError):
                pass
            except Exception:  # http.client's many ways of saying cut off
                pass

    def pause(self, session, seconds=2):
        """Until it has ended, so that no queue grows; not for long."""
        deadline = time.monotonic() + seconds
        while not self.stopped.wait(0.05) and time.monotonic() < deadline:
            reply = self.server.request("GET", f"/v1/sessions/{session}",
                                        timeout=10)
            if reply.status == 200 and reply.json["outcome"] is not None:
                return

    def stop(self):
        self.stopped.set()
        for thread in self.threads:
            thread.join()


def pids_of(server, name):
    return [pid for pid, comm in descendants(server.process.pid).items()
            if comm.startswith(name)]


def check_ends(server, ids, seconds=60):
    """Each acknowledged session ends once, and its chain verifies."""
    for one in ids:
        def ended(one=one):
            reply = server.request("GET", f"/v1/sessions/{one}")
            assert reply.status == 200, (one, reply.status, reply.body)
            return reply.json["phase"] == "torn_down"
        wait_until(ended, seconds, f"end of {one}")
        bundle, events = server.audit(one)
        code, text = verify(bundle)
        assert code == 0, (one, text)
        kinds = [e["type"] for e in events]
        assert kinds.count("session_sealed") == 1, kinds
        assert kinds.count("session_created") == 1, kinds


def answers(server):
    try:
        return server.request("GET", "/v1/healthz", timeout=2).status == 200
    except Exception:
        return False


def kill_repeatedly(name, times=10, seconds=60, backend="native"):
    # Of sessions alone; 08 has what waits.
    with Server(pool=0, backend=backend) as server:
        load = Load(server)
        try:
            for _ in range(times):
                count = len(load.ids)
                wait_until(lambda: len(load.ids) >= count + 5 and
                           pids_of(server, name), 60, f"load and {name}")
                victims = pids_of(server, name)
                if victims:
                    try:
                        os.kill(victims[0], signal.SIGKILL)
                    except ProcessLookupError:
                        pass
                wait_until(lambda: answers(server), 20, "an answer")
        finally:
            load.stop()
        wait_until(lambda: answers(server), 20, "an answer")
        check_ends(server, load.ids, seconds)

        def only_ours():
            state = host_state(server)
            return (not state["cgroups"] and not
                    [n for n in state["processes"] if "gate" in n or
                     "init" in n or "python" in n or "runsc" in n])
        wait_until(only_ours, 10, "nothing left")
        return load.ids


def test_enclave_api_killed_ten_times():
    kill_repeatedly("enclave-api")


def test_a_gate_killed_ten_times():
    # Below the 90 s that a sandbox has to get ready: its end is told.
    kill_repeatedly("enclave-gate", seconds=20)


def kill_enclaved(times, backend):
    state = tempfile.mkdtemp(prefix="enclave-test-")
    ids = []
    try:
        for _ in range(times):
            server = Server(state=state, backend=backend).start()
            load = Load(server)
            wait_until(lambda: len(load.ids) >= 5, 60, "load")
            family = descendants(server.process.pid)
            mark = Path(state, "instance").read_text().strip()
            server.stop(signal.SIGKILL)
            load.stop()
            ids += load.ids

            def dead():
                return not [p for p in family if (stat_of(p) or "ZZ")[1] != "Z"]
            wait_until(dead, 10, "all processes gone")

            wait_until(lambda: not groups_of(mark), 10, "all cgroups gone")
        with Server(state=state, backend=backend) as server:
            check_ends(server, ids)
    finally:
        shutil.rmtree(state, ignore_errors=True)


def test_enclaved_killed_ten_times():
    kill_enclaved(10, "native")


# The same where a session is a gVisor; fewer, since each takes longer.

def test_enclave_api_killed_beside_gvisor():
    need_gvisor()
    kill_repeatedly("enclave-api", times=3, backend="gvisor")


def test_a_gate_killed_beside_gvisor():
    need_gvisor()
    kill_repeatedly("enclave-gate", times=5, seconds=20, backend="gvisor")


def test_a_sandbox_killed_in_gvisor():
    need_gvisor()
    kill_repeatedly("runsc", times=5, seconds=20, backend="gvisor")


def test_enclaved_killed_beside_gvisor():
    need_gvisor()
    kill_enclaved(3, "gvisor")
