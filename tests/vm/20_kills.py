"""Each way in which a session is ended, with the counter that shows why."""

from service import Service

ENDLESS = "import time\nwhile True: time.sleep(1)"


def killed(code, reason, limits, language="python"):
    """The session and the data of its quota_kill."""
    server = Service()
    session = server.run({"language": language, "code": code,
                          "limits": limits})
    assert session["outcome"] == "killed", session
    assert session["killReason"] == reason, session
    events = server.audit(session["id"])[1]
    kills = [e["data"] for e in events if e["type"] == "quota_kill"]
    assert len(kills) == 1, kills
    assert kills[0]["reason"] == reason, kills
    return session, kills[0]


def test_wall_clock():
    session, kill = killed(ENDLESS, "wall_clock_exceeded",
                           {"wallClockSeconds": 1})
    assert session["result"]["durationMs"] >= 1000, session
    assert kill["counter"] >= kill["limit"], kill


def test_cpu():
    session, kill = killed("while True: pass", "cpu_exceeded",
                           {"cpuSeconds": 1})
    assert session["usage"]["cpuMs"] >= 1000, session
    assert kill["counter"] >= kill["limit"], kill


def test_memory():
    session, kill = killed(
        "x = []\nwhile True: x.append(bytearray(b'x' * (1 << 20)))",
        "memory_exceeded", {"memoryMb": 40, "diskMb": 1})
    assert session["usage"]["memoryPeakBytes"] >= 39 << 20, session
    assert kill["counter"] > 0, kill


def test_pids():
    session, kill = killed(
        "import os\nwhile True:\n  try:\n    if os.fork() == 0:\n"
        "      os.read(os.pipe()[0], 1)\n  except OSError: pass",
        "pids_exceeded", {"pidsLimit": 8})
    assert session["usage"]["pidsPeak"] >= 7, session
    assert kill["limit"] == 8 and kill["counter"] > 0, kill


def test_a_full_disk_is_the_programs_own_error():
    session = Service().run({
        "language": "python", "limits": {"diskMb": 3}, "code":
        "import os\nn = 0\ntry:\n  f = open('/work/f', 'wb')\n"
        "  while True: n += os.write(f.fileno(), bytes(4096))\n"
        "except OSError as e: print(e.errno, n)"})
    # The code is a file, too, of a page.
    assert session["result"]["stdout"] == f"28 {(3 << 20) - 4096}\n", session


def test_output_past_its_limit_is_dropped_and_recorded():
    server = Service()
    session = server.run({"language": "python", "code": "print('x' * 5000)",
                          "limits": {"outputBytes": 1000}})
    assert session["outcome"] == "succeeded", session
    assert session["result"]["stdout"] == "x" * 1000, session
    assert session["result"]["truncated"]["stdout"] is True, session
    dropped = [e["data"] for e in server.audit(session["id"])[1]
               if e["type"] == "output_truncated"]
    assert [d["dropped"] for d in dropped] == [4001], dropped


def test_a_cancelled_session():
    server = Service()
    reply = server.request("POST", "/v1/sessions", {
        "language": "python", "code": ENDLESS, "backend": "native"})
    assert reply.status == 201, reply.body
    session = reply.json["id"]
    server.request("DELETE", f"/v1/sessions/{session}")
    ended = server.wait_end(session)
    assert ended["killReason"] == "cancelled", ended
