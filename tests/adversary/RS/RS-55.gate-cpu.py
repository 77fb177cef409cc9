# id: RS-55.gate-cpu   class: HOSTDOS   kind: client   alone: machine
# parity: cpu-clock
# CPU that a session has its gate use: by questions for names, by connects, by
# output. It is the session's, in what is metered, in its limit and in its rate;
# before, a flood cost as much again as it was charged for.
import os
import threading
import time
from pathlib import Path

from enclave_client import Client, server_processes
from pace import paced

HEAD = "import os, socket, time\n"
TAIL = "\nos.write(2, b'inside %d\\n' % (time.process_time() * 1000))\n"
NAMES = """
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
q = b'\\0\\1\\1\\0\\0\\1\\0\\0\\0\\0\\0\\0\\7example\\3com\\0\\0\\1\\0\\1'
for i in range(%d):
    s.sendto(q, ('198.18.0.1', 53))
    if i %% 64 == 63:
        time.sleep(0)
"""
CONNECTS = """
for i in range(%d):
    s = socket.socket()
    s.connect_ex(('192.0.2.%%d' %% (i %% 250), 443))
    s.close()
"""
OUTPUT = """
line = b'x' * 65536
for i in range(%d):
    os.write(1, line)
"""
FOR_EVER = "line = b'x' * 65536\nwhile True: os.write(1, line)\n"
client = Client()


def gates():
    """{pid: ms of CPU} of every gate of this server's."""
    found = {}
    for pid, name in server_processes().items():
        try:
            if name == "enclave-gate":
                found[pid] = int(Path(f"/proc/{pid}/schedstat").read_text()
                                 .split()[0]) // 10**6
        except (OSError, IndexError):
            pass
    return found


class Watch:
    """What the busiest gate used meanwhile, looked at until it ends."""

    def __enter__(self):
        self.first, self.last, self.over = gates(), {}, False
        self.thread = threading.Thread(target=self.look)
        self.thread.start()
        return self

    def look(self):
        while not self.over:
            self.last.update(gates())
            time.sleep(0.005)

    def __exit__(self, *_):
        self.over = True
        self.thread.join()
        self.ms = max((ms - self.first.get(pid, 0)
                       for pid, ms in self.last.items()), default=0)


def run(code, **limits):
    begin = time.monotonic()
    with Watch() as watch:
        session = client.run({"language": "python", "code": HEAD + code,
                              "limits": {"wallClockSeconds": int(paced(60)),
                                         **limits}})
    return session, watch.ms, (time.monotonic() - begin) * 1000


GVISOR = os.environ["ENCLAVE_BACKEND"] == "gvisor"
LEAST = 50 if GVISOR else 80  # ms of a gate; with less nothing is shown
# A guest's own clock may be ahead of what it used: there it proves less.
for name, code, times in (("names", NAMES, 20000 if GVISOR else 150000),
                          ("connects", CONNECTS, 5000 if GVISOR else 20000),
                          ("output", OUTPUT, 6000 if GVISOR else 20000)):
    session, gate, took = run(code % times + TAIL, cpuSeconds=int(paced(60)))
    assert session["outcome"] == "succeeded", (name, session)
    inside = int(session["result"]["stderr"].split()[1])
    charged = session["usage"]["cpuMs"]
    print(name, "inside", inside, "gate", gate, "charged", charged, "took",
          took)
    assert gate >= LEAST, (name, gate)
    least = (inside // 4 if GVISOR else inside) + gate
    assert charged >= least * 0.9, (name, inside, gate, charged)
    assert charged <= took * 1.05 + 100, (name, charged, took)  # one core

# The limit ends it for what both have used.
session, gate, took = run(FOR_EVER, cpuSeconds=2)
charged = session["usage"]["cpuMs"]
print("limit: gate", gate, "charged", charged, "took", took)
assert session["killReason"] == "cpu_exceeded", session
assert gate >= LEAST, gate
assert 2000 <= charged <= 2600, charged

# The rate is that of both.
session, gate, took = run(FOR_EVER, cpuSeconds=60, wallClockSeconds=3,
                          cpu=0.5)
charged = session["usage"]["cpuMs"]
print("rate: gate", gate, "charged", charged)
assert session["killReason"] == "wall_clock_exceeded", session
assert LEAST <= gate <= charged, (gate, charged)
assert charged <= 0.5 * took * 1.1 + 100, (charged, took)
