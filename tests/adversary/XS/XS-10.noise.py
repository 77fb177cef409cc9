# id: XS-10.noise   class: PEERDOS   kind: client   alone: machine
# A session does the same piece of work again and again, while a noisy one of
# one CPU comes and goes. What it gets done in a second beside the noise is
# compared with the seconds just before and just after, so that whatever else
# the machine has to do counts on both sides. Half is a neighbour's due; no kind
# of noise may take two thirds. One round may be bad luck: of what seems to, more
# rounds are looked at, all of them together.
import bisect
import time
from enclave_client import Client
from session_pair import begin, wait_step

ROUNDS, ROUNDS_MOST, SECONDS, MOST = 2, 12, 1.0, 3
NOISE = {
    "cpu": "reached(1)\nwhile True: pass",
    "forks": "import os\nreached(1)\nwhile True:\n    try:\n        if os.fork() == 0: os._exit(0)\n        os.wait()\n    except OSError: pass",
    "disk": "reached(1)\nwhile True:\n    open('/work/f', 'wb').write(bytes(1 << 22))",
    "net": "import socket\nreached(1)\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\nwhile True: s.sendto(b'x' * 1000, ('203.0.113.9', 9))",
    "output": "reached(1)\nwhile True: print('x' * 1000)",
}
WORK = """
import time
reached(1)
done = told = 0
while True:
    total = 0
    for i in range(20000):
        total += i * i
    open("/work/w", "wb").write(bytes(1 << 14))
    done += 1
    now = time.time()
    if now - told > 0.02:
        print("%.4f %d" % (now, done), flush=True)
        told = now
"""
client = Client()


def over(begins):
    """A time to look at: SECONDS of it."""
    time.sleep(SECONDS)
    return begins, time.time()


def pieces(times):
    """How many were done meanwhile."""
    first, last = (bisect.bisect(told, at) for at in times)
    return (done[last - 1] if last else 0) - (done[first - 1] if first else 0)


def round_of(names):
    """[(name, before, beside, after)], times of one round of each noise."""
    found, before = [], over(time.time())
    for name in names:
        noisy = begin(client, NOISE[name], seconds=60)
        wait_step(client, noisy, 1)
        beside = over(time.time())
        client.request("DELETE", f"/v1/sessions/{noisy}")
        client.end(noisy)
        after = over(time.time())
        found.append((name, before, beside, after))
        before = after
    return found


def ratio(name):
    """Of all rounds together: per second alone, and beside that noise."""
    alone, beside, seconds_alone, seconds_beside = 0, 0, 0, 0
    for one, *times in rounds:
        if one == name:
            for at in (times[0], times[2]):
                alone += pieces(at)
                seconds_alone += at[1] - at[0]
            beside += pieces(times[1])
            seconds_beside += times[1][1] - times[1][0]
    assert alone > 0, "nothing was done in quiet seconds"
    return alone / seconds_alone / (max(beside, 0.5) / seconds_beside)


rounds, told, done = [], [], []
names = list(NOISE)
for number in range(0, ROUNDS_MOST, ROUNDS):
    worker = begin(client, WORK, limits={"cpuSeconds": 600,
                                         "wallClockSeconds": 600})
    wait_step(client, worker, 1)
    for _ in range(ROUNDS):
        rounds += round_of(names)
    client.request("DELETE", f"/v1/sessions/{worker}")
    base = done[-1] if done else 0
    for line in client.end(worker)["stdout"].splitlines():
        at, count = line.split()
        told.append(float(at))
        done.append(base + int(count))
    print({name: round(ratio(name), 2) for name in names})
    names = [name for name in names if ratio(name) > MOST]
    if not names:
        break
assert not names, {name: ratio(name) for name in names}
