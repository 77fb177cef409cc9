"""A key that was used stays used, also for a server that was killed."""

import json
import shutil
import signal
import tempfile

from enclave_test import Server, descendants, stat_of, wait_until


def test_a_key_outlives_the_server():
    state = tempfile.mkdtemp(prefix="enclave-test-")
    body = json.dumps({"code": "print(1)", "language": "python"})
    headers = {"Idempotency-Key": "kept", "Content-Type": "application/json"}
    try:
        with Server(state=state) as server:
            first = server.request("POST", "/v1/sessions?wait=30s", body,
                                   headers)
            assert first.status == 201, first.body
            family = descendants(server.process.pid)
            server.stop(signal.SIGKILL)
            wait_until(lambda: not [p for p in family
                                    if (stat_of(p) or "ZZ")[1] != "Z"],
                       10, "all processes gone")
        with Server(state=state) as server:
            again = server.request("POST", "/v1/sessions?wait=30s", body,
                                   headers)
            assert again.status == 201, again.body
            assert again.json["id"] == first.json["id"], again.body
            assert again.json["result"] == first.json["result"], again.body
            other = server.request("POST", "/v1/sessions", body + " ", headers)
            assert other.code == "idempotency_conflict", other.body
            listed = server.request("GET", "/v1/sessions").json["sessions"]
            assert len(listed) == 1, listed
    finally:
        shutil.rmtree(state, ignore_errors=True)
