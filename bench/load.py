"""Many sessions: at once, in a row, over a store that grows."""

import json
import re
import socket
import statistics
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from enclave_test import STORE, Server, Unix
from oneshot import PROGRAM, PYTHON
from store_pages import edited
from table import Figure

# Until the result, as the programs that it is compared with.
TARGET = "/v1/sessions?wait=60s&until=result"
AT_ONCE, IN_A_ROW, ROUNDS = 100, 1000, 5
CONNECTIONS, SECONDS = 16, 6
FAR = 1 << 40  # from the numbers that the next sessions get
SIMULATED = {"code": "print(1)", "language": "python"}


def bare_starts(rootfs, count):
    """As many interpreters at once as there are sessions, to the last end."""
    begin = time.perf_counter()
    started = [subprocess.Popen(["chroot", str(rootfs), *PYTHON],
                                stdout=subprocess.DEVNULL)
               for _ in range(count)]
    for one in started:
        one.wait()
    return time.perf_counter() - begin


def sessions_at_once(server, count):
    body = json.dumps({"code": PROGRAM, "language": "python"})

    def one(_):
        connection = Unix(server.socket)
        connection.request("POST", TARGET, body=body,
                           headers={"Content-Type": "application/json"})
        reply = json.loads(connection.getresponse().read())
        connection.close()
        fine = (reply.get("result") or {}).get("stdout") == "285\n"
        return None if fine else reply
    with ThreadPoolExecutor(count) as pool:
        begin = time.perf_counter()
        lost = [one for one in pool.map(one, range(count)) if one]
        took = time.perf_counter() - begin
    if lost:
        raise RuntimeError(f"{len(lost)} sessions were lost: {lost[0]}")
    return took


def at_once():
    rootfs = (STORE / "default/rootfs").resolve()
    ours, bare = [], []
    with Server(backend="native") as server:
        for _ in range(ROUNDS):
            server.wait_for_pools()
            bare.append(bare_starts(rootfs, AT_ONCE))
            ours.append(sessions_at_once(server, AT_ONCE))
    value, base = statistics.median(ours), statistics.median(bare)
    return [Figure(f"{AT_ONCE} interpreters at once", base * 1000, "ms"),
            Figure(f"{AT_ONCE} sessions at once", value * 1000, "ms",
                   "interpreters", value / base, 1.2)]


def in_a_row():
    body = json.dumps({"code": PROGRAM, "language": "python"})
    took = []
    with Server(backend="native") as server:
        server.wait_for_pools()
        connection = Unix(server.socket)
        for _ in range(IN_A_ROW):
            begin = time.perf_counter()
            connection.request("POST", TARGET, body=body,
                               headers={"Content-Type": "application/json"})
            reply = json.loads(connection.getresponse().read())
            took.append((time.perf_counter() - begin) * 1000)
            if reply["result"]["stdout"] != "285\n":
                raise RuntimeError(reply)
    took.sort()
    p50, p99 = took[len(took) // 2], took[len(took) * 99 // 100]
    return [Figure(f"{IN_A_ROW} in a row, p50", p50, "ms"),
            Figure(f"{IN_A_ROW} in a row, p99", p99, "ms", "p50", p99 / p50,
                   4.0)]


def throughput(server, address, seconds=SECONDS):
    """Durable sessions per second over 16 connections, by wrk."""
    key = server.request("POST", "/v1/api-keys", {
        "scopes": ["sessions:read", "sessions:write"]}).json["key"]
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(f'''wrk.method = "POST"
wrk.path = "/v1/sessions?wait=20s&until=result"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer {key}"
wrk.body = [[{json.dumps(SIMULATED)}]]
''')
        script.flush()
        done = subprocess.run(
            ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s",
             script.name, f"http://{address}"], capture_output=True, text=True,
            check=True)
    if "Non-2xx" in done.stdout:
        raise RuntimeError(done.stdout)
    return float(re.search(r"Requests/sec:\s+([\d.]+)", done.stdout).group(1))


def free_address():
    """A loopback address that nobody listens on, a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as one:
        return f"127.0.0.1:{one.getsockname()[1]}"


def multiply(path, wanted):
    """The stored sessions again and again, under other names, to @wanted."""
    with edited(path) as base:
        multiply_in(base, wanted)


def multiply_in(base, wanted):
    """With all that hangs on them: records, results, lines of their logs."""
    tables = {name: {row[1]: row[2] for row in base.execute(
        f"PRAGMA table_info({name})")} for name, in base.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table'")}
    parts = [name for name, columns in tables.items()
             if columns.get("session") == "INTEGER"]
    first, count = base.execute(
        "SELECT min(serial), count(*) FROM sessions").fetchone()
    base.execute("PRAGMA foreign_keys = OFF")
    step = 0
    while count < wanted:
        step += 1
        added = min(count, wanted - count)
        ahead, = base.execute("SELECT max(serial) FROM sessions").fetchone()
        shift = ahead - first + 1
        last, = base.execute("SELECT serial FROM sessions ORDER BY serial"
                             f" LIMIT 1 OFFSET {added - 1}").fetchone()
        changes = {"serial": f"serial + {shift}", "id": f"id || '-{step}'",
                   "session": f"session + {shift}",
                   "number": f"number + {FAR << step}"}
        for name in ["sessions", *parts]:
            key = "serial" if name == "sessions" else "session"
            values = [changes.get(column, column) for column in tables[name]]
            base.execute(f"INSERT INTO {name} SELECT {', '.join(values)} "
                         f"FROM {name} WHERE {key} <= {last}")
        count += added


def simulated(full):
    figures, rates = [], {}
    sizes = [1_000, 1_000_000 if full else 100_000]
    state = tempfile.mkdtemp(prefix="enclave-bench-")
    for stored in sizes:
        address = free_address()
        with Server(backend="simulator", listen=address,
                    state=state) as server:
            if stored == sizes[0]:
                throughput(server, address, seconds=2)
            rates[stored] = throughput(server, address)
        if stored == sizes[0]:
            multiply(Path(state, "api/enclave.db"), sizes[-1])
    subprocess.run(["rm", "-rf", state], check=True)
    small, large = rates[sizes[0]], rates[sizes[-1]]
    figures.append(Figure(f"simulated sessions, {CONNECTIONS} connections",
                          small, "1/s", target=2000, least=True))
    figures.append(Figure(f"cost of one with {sizes[-1]:,} stored",
                          1000 / large, "ms", "a few stored", small / large,
                          1.2))
    return figures


def measure(full):
    return at_once() + in_a_row() + simulated(full)
