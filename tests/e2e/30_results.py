"""What a program prints and returns gets out, however the program ends."""

import json
import time

from enclave_test import Server, Unix, has_gvisor
from pace import paced

BACKENDS = ["native", *(["gvisor"] if has_gvisor() else [])]

# What each leaves as the result, and prints.
RESULTS = {
    "python: failed": ("enclave.result({'partial': 1}); raise SystemExit(3)",
                       {"partial": 1}, ""),
    "python: killed": ("enclave.result({'partial': 1})\n"
                       "print('told', flush=True)\n"
                       "import time; time.sleep(60)", {"partial": 1}, "told\n"),
    "python: shot": ("import os; enclave.result(1); os.kill(os.getpid(), 9)",
                     1, ""),
    "python: descriptors closed": (
        "import os\nos.closerange(3, 1024)\n"
        "print(os.open('x', os.O_CREAT | os.O_RDWR))\n"
        "enclave.result('still there?')\n"
        "print(os.path.getsize('x'))", "still there?", "3\n0\n"),
    "python: by children": (
        "import multiprocessing as m, subprocess, sys\n"
        "def work(n): enclave.result(n)\n"
        "if __name__ == '__main__':\n"
        "  for n, how in enumerate(('fork', 'spawn', 'forkserver')):\n"
        "    p = m.get_context(how).Process(target=work, args=(n,))\n"
        "    p.start(); p.join(); print(how, p.exitcode)\n"
        "  subprocess.run([sys.executable, '-ISc', 'import enclave;"
        " enclave.result([3])'], check=True)", [3],
        "fork 0\nspawn 0\nforkserver 0\n"),
    "python: refused": (
        "enclave.result('kept')\n"
        "deep = eval('[' * 65 + ']' * 65)\n"
        "for value in ({1: 1, '1': 2}, deep, '\\ud800', {1j: 1},"
        " float('inf'), 'x' * (1 << 20)):\n"
        "  try: enclave.result(value); print('kept', value)\n"
        "  except (TypeError, ValueError) as error:"
        " print(type(error).__name__)", "kept",
        "ValueError\nValueError\nUnicodeEncodeError\nTypeError\n"
        "ValueError\nValueError\n"),
    "python: large": ("enclave.result(10 ** 30); enclave.result('nul \\0')",
                      "nul \0", ""),
    "python: by many threads": (
        "import threading\n"
        "gate = threading.Barrier(100)\n"
        "def work():\n"
        "  gate.wait()\n"
        "  for _ in range(10): enclave.result('x' * 2000)\n"
        "every = [threading.Thread(target=work) for _ in range(100)]\n"
        "for one in every: one.start()\n"
        "for one in every: one.join()\n"
        "enclave.result('all')", "all", ""),
    "python: many names": (
        "enclave.result({str(n): n for n in range(5000)})",
        {str(n): n for n in range(5000)}, ""),
    "node: refused": (
        "enclave.result('kept');\n"
        "const deep = JSON.parse('['.repeat(65) + ']'.repeat(65));\n"
        "for (const value of ['\\ud800', deep, undefined, 10n, 'x'.repeat(1 << 20)])\n"
        "  try { enclave.result(value); console.log('kept'); }\n"
        "  catch (error) { console.log(error.name); }", "kept",
        "RangeError\nRangeError\nTypeError\nTypeError\nRangeError\n"),
    "node: by children and workers": (
        "const cp = require('child_process');\n"
        "cp.execFileSync('node', ['-e', 'require(\"enclave\").result(1)']);\n"
        "cp.execFileSync('node', ['--input-type=module', '-e',"
        " 'import enclave from \"enclave\"; enclave.result(2)']);\n"
        "const { Worker } = require('worker_threads');\n"
        "new Worker('enclave.result(3)', { eval: true })"
        ".on('exit', (code) => console.log(code));", 3, "0\n"),
    "node: killed": ("enclave.result([1]); console.log('told');"
                     "setInterval(() => {}, 1000)", [1], "told\n"),
    "command": ("", {"by": "python3"}, ""),
}
COMMAND = ["sh", "-c", "python3 -c \"enclave.result({'by': 'python3'})\""]


def request(name, backend):
    code = RESULTS[name][0]
    limits = {"wallClockSeconds": 2 if "killed" in name else 60,
              "pidsLimit": 128}
    what = {"command": COMMAND} if name == "command" else \
        {"code": code, "language": name.partition(":")[0]}
    return {**what, "limits": limits, "backend": backend}


def test_a_result_is_out_when_it_is_given():
    told = []
    with Server(backend=",".join(BACKENDS), pool=1) as server:
        for name, (_, result, stdout) in RESULTS.items():
            for backend in BACKENDS:
                session = server.run(request(name, backend))
                found = session["result"]
                if (found["json"], found["stdout"]) != (result, stdout):
                    told.append(f"{name} on {backend}: {found}")
                if "killed" in name and session["outcome"] != "killed":
                    told.append(f"{name} on {backend}: {session['outcome']}")
    assert not told, "\n".join(told)


def test_a_rejected_result_is_on_record():
    with Server() as server:
        session = server.run({"language": "python", "code": (
            "for n in range(100):\n"
            "  try: enclave.result({1: 1, '1': 2})\n"
            "  except ValueError: pass\n")})
        events = [event for event in server.audit(session["id"])[1]
                  if event["type"] == "result_rejected"]
        assert [event["data"]["reason"] for event in events] == ["json"]
        assert session["result"]["json"] is None


def first_output(server, code):
    """Seconds from the program's own time of printing to its arrival."""
    reply = server.request("POST", "/v1/sessions",
                           {"language": "python", "code": code})
    connection = Unix(server.socket)
    connection.request("GET", f"/v1/sessions/{reply.json['id']}/stream")
    stream = connection.getresponse()
    try:
        for line in stream:
            if line.startswith(b"data: ") and b'"text"' in line:
                return time.time() - float(json.loads(line[6:])["text"])
    finally:
        connection.close()
    raise AssertionError("no output")


def test_a_line_is_seen_soon():
    """A tenth of a second, and what a busy machine adds."""
    code = "import time; print(time.time()); time.sleep(2)"
    for backend in BACKENDS:
        with Server(backend=backend) as server:
            late = [first_output(server, code) for _ in range(5)]
            assert min(late) < paced(0.2), late


def test_a_fork_never_doubles_text():
    code = ("import os\nprint('before')\nprint('no end', end='')\n"
            "for _ in range(3):\n  if os.fork() == 0:\n"
            "    print('child'); raise SystemExit\n"
            "  os.wait()\nprint('after')")
    for backend in BACKENDS:
        with Server(backend=backend) as server:
            session = server.run({"language": "python", "code": code})
            assert session["result"]["stdout"] == (
                "before\nno end" + "child\n" * 3 + "after\n"), session["result"]


def test_a_million_lines_cost_what_they_cost_in_a_pipe():
    code = "for n in range(1000000): print(n % 7)"
    limits = {"outputBytes": 1 << 24, "cpuSeconds": 60}
    for backend in BACKENDS:
        with Server(backend=backend, pool=1) as server:
            ours = server.run({"language": "python", "code": code,
                               "limits": limits})
            theirs = server.run({"command": ["python3", "-c", code],
                                 "limits": limits})
            assert ours["result"]["stdout"] == theirs["result"]["stdout"]
            costs = [one["usage"]["cpuMs"] for one in (ours, theirs)]
            assert costs[0] <= 2 * costs[1], (backend, costs)


def test_a_module_of_another_environment():
    """One line after the traceback, and none for what nobody has."""
    for backend in BACKENDS:
        with Server(backend=backend) as server:
            for code, hinted in (
                    ("import pandas.core", True), ("import nowhere", False),
                    ("try: import pandas\nexcept ImportError: pass", False),
                    ("import sys\ntry: import pandas\n"
                     "except ImportError as e: raise SystemExit(3)", False)):
                result = server.run({"language": "python",
                                     "code": code})["result"]
                said = result["stderr"].splitlines()[-1:] == [
                    "enclave: pandas is in the environment data: "
                    "--environment data"]
                assert said == hinted, result
