# id: XS-51.visible   class: LEAK   kind: client   alone: yes
# parity: kernel
# Everything below /proc and /sys, each socket option and ioctl, and what calls
# tell of the machine has a row in docs/design/visible.md. What a row calls
# masked gives nothing; what it calls neutral is the same in two sessions, one
# in a quiet second and one while the host and other sessions are busy; and no
# fact of the host's is in any file. Its reasons are in SECURITY.md.
import os
import re
import socket
import threading
from pathlib import Path
from enclave_client import Client
from enclave_test import TOP
from session_pair import begin, wait_step
from visible import WALKER, pattern_of, reasons, rows

BUSY = """
import mmap, os, socket, threading, time
files = [open("/etc/passwd") for _ in range(200)]
held = []
for _ in range(20):
    listening = socket.socket(); listening.bind(("127.0.0.1", 0)); listening.listen()
    client = socket.create_connection(listening.getsockname()); held += [listening, client, listening.accept()]
    client.setblocking(False)
    try:
        for _ in range(4): client.send(bytes(65536))
    except OSError: pass
pipes = [os.pipe() for _ in range(100)]
programs = [open("/usr/bin/" + name, "rb") for name in ("python3", "node")]
mapped = [mmap.mmap(one.fileno(), 0, access=mmap.ACCESS_READ) for one in programs]
touched = [sum(m[::4096]) for m in mapped]
for _ in range(10): threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
reached(1)
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
while True:
    if os.fork() == 0: os._exit(0)
    os.wait()
    for _ in range(20): s.sendto(b"x", ("203.0.113.9", 9))
"""
backend = os.environ["ENCLAVE_BACKEND"]
client = Client()
table = rows(backend)
facts = [Path("/proc/sys/kernel/random/boot_id").read_text().strip(), socket.gethostname(),
         Path("/proc/cmdline").read_text().strip(), Path("/proc/sys/kernel/core_pattern").read_text().strip()]
# Too short to be a fact of this host alone.
secrets = [fact.encode() for fact in facts if len(fact) > 8]


class HostBusy:
    """Files, sockets and processes of the host's come and go."""

    def __enter__(self):
        self.ending = threading.Event()
        self.thread = threading.Thread(target=self.work)
        self.thread.start()

    def work(self):
        while not self.ending.is_set():
            held = [open("/etc/passwd") for _ in range(100)]
            held += socket.socketpair()
            pid = os.posix_spawn("/bin/true", ["true"], {})
            os.waitpid(pid, 0)
            for one in held:
                one.close()

    def __exit__(self, *_):
        self.ending.set()
        self.thread.join()


def walk():
    session = client.run({"language": "python", "code": f"SECRETS = {secrets!r}\n" + WALKER,
                          "limits": {"outputBytes": 4 << 20, "wallClockSeconds": 60}})
    assert session["outcome"] == "succeeded", session
    lines = session["result"]["stdout"].splitlines()
    assert lines[-1] == "done" and len(lines) > 150, lines[-3:]
    told = [line for line in lines if line.startswith("SECRET")]
    assert not told, told
    return dict(line.split("\t") for line in lines[:-1])


quiet = walk()
busy = [begin(client, BUSY, limits={"memoryMb": 256, "wallClockSeconds": 100}) for _ in range(2)]
for session in busy:
    wait_step(client, session, 1)
with HostBusy():
    noisy = walk()
for session in busy:
    client.request("DELETE", f"/v1/sessions/{session}")
    client.end(session)

faults = []
for name in sorted(quiet.keys() | noisy.keys()):
    word, _ = table.get(pattern_of(name), (None, None))
    seen = {quiet.get(name), noisy.get(name)}
    if word in (None, "-"):
        faults.append(f"no row: {pattern_of(name)}")
    elif word == "masked" and seen - {"-", None}:
        faults.append(f"not masked: {name}")
    elif word == "neutral" and len(seen) != 1:
        faults.append(f"not the same in two sessions: {name}")
assert not faults, (len(faults), faults)
# The page is about what there is: a walk that finds little proves nothing.
assert len([n for n in quiet if table[pattern_of(n)][0] == "neutral"]) > 25, quiet.keys()

security = (TOP / "SECURITY.md").read_text()
assert set(re.findall(r"^\* \*\*(\w+)\*\*", security, re.M)) == reasons(), reasons()
