# id: AP-11.admission   class: HOSTDOS   kind: client
# Hundreds of requests at a time at the edge of what a server takes: eight
# sessions a core run, 1,024 wait, with 128 MiB of what they bring. Exactly so
# many are admitted, also while others are cancelled; who is refused is told so
# by `busy`; no place is lost, and what waited leaves no memory behind.
import json
import os
from concurrent.futures import ThreadPoolExecutor
from adversary_oracle import memory_of
from enclave_test import Server, wait_until

RUN, WAIT, BYTES, LARGE = 8 * os.cpu_count(), 1024, 128 << 20, 4 << 20
SLEEP = {"command": ["/bin/sleep", "3600"],
         # So small that memory is never what they wait for.
         "limits": {"wallClockSeconds": 3600, "memoryMb": 16, "diskMb": 1}}
HEADERS = {"Content-Type": "application/json"}
small = json.dumps(SLEEP)
large = json.dumps({**SLEEP, "files": [{"path": "f", "content": "x" * LARGE}]})

with Server(pool=0) as server, ThreadPoolExecutor(32) as pool:
    def create(text):
        """The new session, or None when it is refused as it should be."""
        reply = server.request("POST", "/v1/sessions", text, HEADERS)
        if reply.status == 201:
            return reply.json["id"]
        assert (reply.status, reply.code) == (429, "busy"), reply.body
        assert reply.headers["Retry-After"] == "1", reply.headers
        return None

    def cancel(session):
        reply = server.request("DELETE", f"/v1/sessions/{session}")
        assert reply.status in (200, 202), (reply.status, reply.body)

    def fill(text, count):
        return [s for s in pool.map(create, [text] * count) if s]

    def live():
        """{phase: how many} of those that have not ended."""
        found, after = {}, ""
        while after is not None:
            page = server.request("GET", f"/v1/sessions?limit=100{after}").json
            for session in page["sessions"]:
                if session["outcome"] is None:
                    phase = session["phase"]
                    found[phase] = found.get(phase, 0) + 1
            cursor = page.get("nextCursor")
            after = f"&cursor={cursor}" if cursor else None
        return found

    full = {"running": RUN, "pending": WAIT}
    api = next(pid for pid, name in server.children().items()
               if name == "enclave-api")
    sessions = fill(small, RUN + WAIT + 60)
    assert len(sessions) == RUN + WAIT, len(sessions)
    wait_until(lambda: live() == full, 60, "a full server")

    # While every third one goes, of those that run as of those that wait.
    leaving = sessions[::3]
    jobs = [pool.submit(cancel, session) for session in leaving]
    more = [pool.submit(create, small) for _ in leaving]
    for job in jobs:
        job.result()
    more = [job.result() for job in more if job.result()]
    more += fill(small, len(leaving) - len(more) + 20)
    assert len(more) == len(leaving), (len(more), len(leaving))
    wait_until(lambda: live() == full, 60, "a full server again")

    list(pool.map(cancel, {*sessions, *more} - {*leaving}))
    wait_until(lambda: live() == {}, 60, "an empty server")

    # What runs isn't what waits: the first ones bring nothing.
    sessions = fill(small, RUN)
    wait_until(lambda: live() == {"running": RUN}, 60, "all cores in use")
    waiting = fill(large, BYTES // LARGE + 8)
    assert len(waiting) == BYTES // (LARGE + 100), len(waiting)
    assert memory_of(api) < 2 * BYTES, memory_of(api)
    assert create(small) is not None  # what is small goes in
    list(pool.map(cancel, waiting))
    assert len(fill(small, WAIT + 20)) == WAIT - 1
    assert memory_of(api) < 64 << 20, memory_of(api)
    assert server.request("GET", "/v1/healthz").status == 200
    print(f"{memory_of(api) >> 10} KiB")
