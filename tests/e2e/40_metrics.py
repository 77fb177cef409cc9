"""What an operator's Prometheus reads: the format, and that the numbers are so."""

import re

from enclave_test import Server, has_gvisor, wait_until
from facts import wait_running

PYTHON = {"language": "python"}
SAMPLE = re.compile(r'([a-z_]+)(?:\{([^}]*)\})? ([0-9.e+-]+)')
LABEL = re.compile(r'([a-z_]+)="([^"]*)"')


def scrape(server):
    """{(name, labels): value}; the text is held to the conventions."""
    reply = server.request("GET", "/v1/metrics")
    assert reply.status == 200
    assert reply.headers["Content-Type"] == "text/plain; version=0.0.4"
    text = reply.body.decode()
    assert text.endswith("\n")
    types, helped, values = {}, set(), {}
    for line in text.splitlines():
        if line.startswith("# HELP "):
            name, words = line[7:].split(" ", 1)
            assert name not in helped and words, line
            helped.add(name)
        elif line.startswith("# TYPE "):
            name, kind = line[7:].split()
            assert name in helped and name not in types, line
            types[name] = kind
            assert kind != "counter" or name.endswith("_total"), line
            assert kind == "counter" or not name.endswith("_total"), line
        else:
            match = SAMPLE.fullmatch(line)
            assert match, line
            name, labels, value = match.groups()
            base = re.sub("_(bucket|sum|count)$", "", name)
            assert types.get(name) or types[base] == "histogram", line
            key = (name, frozenset(LABEL.findall(labels or "")))
            assert key not in values, line
            values[key] = float(value)
    for name, kind in types.items():
        if kind == "histogram":
            check_histogram(name, values)
    return values


def check_histogram(name, values):
    assert name.endswith("_seconds"), name
    buckets = {}
    for (sample, labels), value in values.items():
        if sample == name + "_bucket":
            rest = dict(labels)
            bound = float(rest.pop("le"))
            buckets.setdefault(frozenset(rest.items()), {})[bound] = value
    for rest, found in buckets.items():
        numbers = [found[bound] for bound in sorted(found)]
        assert numbers == sorted(numbers), (name, found)
        assert found[float("inf")] == values[name + "_count", rest], name
        assert (name + "_sum", rest) in values


def value(found, name, **labels):
    return found[name, frozenset(labels.items())]


def test_outcomes_times_and_process():
    with Server(pool=0) as server:
        where = {"backend": server.backend}
        before = scrape(server)
        server.run({**PYTHON, "code": "import time; time.sleep(0.3)"})
        server.run({**PYTHON, "code": "raise SystemExit(3)"})
        server.run({**PYTHON, "code": "while True: pass",
                    "limits": {"wallClockSeconds": 1}})
        long = server.request("POST", "/v1/sessions", {
            **PYTHON, "code": "import time; time.sleep(60)"}).json["id"]
        wait_running(server)
        assert value(scrape(server), "enclave_sessions_running") == 1
        server.request("DELETE", f"/v1/sessions/{long}")
        wait_until(lambda: value(scrape(server), "enclave_sessions_live")
                   == 0, 20, "no session")
        found = scrape(server)
        for outcome, reason, count in (
                ("succeeded", "", 1), ("failed", "", 1),
                ("killed", "wall_clock_exceeded", 1),
                ("killed", "cancelled", 1), ("killed", "cpu_exceeded", 0)):
            assert value(found, "enclave_sessions_ended_total", **where,
                         outcome=outcome, kill_reason=reason) == count, (
                outcome, reason, found)
        assert value(found, "enclave_session_faults_total", **where) == 0
        assert value(found, "enclave_session_run_seconds_count", **where) == 4
        assert value(found, "enclave_session_run_seconds_sum", **where) > 1.2
        assert value(found, "enclave_session_run_seconds_bucket", **where,
                     le="0.25") <= 2
        assert value(found, "enclave_build_info", version="0.1.0") == 1
        for name in ("process_cpu_seconds_total", "enclave_requests_total"):
            assert value(found, name) > value(before, name), name
        assert (value(found, "process_start_time_seconds")
                == value(before, "process_start_time_seconds"))


def test_every_backend_is_named():
    backends = ["native", *(["gvisor"] if has_gvisor() else [])]
    with Server(backend=",".join(backends), pool=0) as server:
        health = server.request("GET", "/v1/healthz").json
        assert health["backend"] == backends[0], health
        assert health["backends"] == backends, health
        for one in backends:
            server.run({**PYTHON, "code": "pass", "backend": one})
        found = scrape(server)
        for one in backends:
            assert value(found, "enclave_session_start_seconds_count",
                         backend=one) == 1
