"""What has to hold after every hostile case, whatever it was (the oracle).

After each wave of cases: nothing is left, the control plane is the same
process and healthy. After each session: its record verifies and ends once, and
no secret is on a public surface. After each group: a sibling that ran beside
it kept its pulse and its files, the host's sentinels are as they were, and
neither log nor database holds a secret.
"""

import base64
import hashlib
import json
import mmap
import os
import re
import secrets
import subprocess
import time
import urllib.parse
from pathlib import Path

from enclave_test import BIN, STORE, verify, wait_until
from leftovers import differences, host_state, settled

TERMINAL = "session_sealed"
CLEAN_SECONDS = 5
PULSE_SECONDS = 0.02
GAP_SECONDS = 2.0  # and ten times what the control run shows
GAP_TIMES = 10
RSS_GROWTH = 64 << 20
SAMPLE_FILES = 400
OOPS = re.compile(r"BUG: |Oops: |kernel BUG at |KASAN: |refcount_t: |"
                  r"Kernel panic|general protection fault, |list_add corr")

SIBLING = r"""
import hashlib, os, time
kept = {"/work/kept": b"work", "/tmp/kept": b"tmp", "/dev/shm/kept": b"shm"}
for path, text in kept.items():
    with open(path, "wb") as f:
        f.write(text * 1000)
kept["/work/secret"] = None
def look():
    state = hashlib.sha256()
    for path in kept:
        with open(path, "rb") as f:
            state.update(f.read())
    state.update(repr(sorted(os.listdir("/work"))).encode())
    return state.hexdigest()
last = told = time.monotonic()
worst = 0
while True:
    time.sleep(%g)
    now = time.monotonic()
    worst, last = max(worst, now - last), now
    if now - told > 0.25:
        print("%%.3f %%.3f %%s" %% (time.time(), worst, look()), flush=True)
        told, worst = now, 0
""" % PULSE_SECONDS


def encodings(secret):
    """The secret as it may appear: raw, base64, hex, URL- and JSON-escaped."""
    raw = secret.encode()
    found = {raw, raw.hex().encode(), raw.hex().upper().encode(),
             urllib.parse.quote(secret, safe="").encode(),
             "".join(f"%{b:02X}" for b in raw).encode(),
             "".join(f"%{b:02x}" for b in raw).encode(),
             json.dumps(secret)[1:-1].encode(),
             "".join(f"\\u{b:04x}" for b in raw).encode()}
    for shift in range(3):
        text = base64.b64encode(b"\0" * shift + raw)
        inner = text[(shift * 4 + 2) // 3:(shift + len(raw)) * 4 // 3 - 1]
        found |= {inner, inner.replace(b"+", b"-").replace(b"/", b"_")}
    return found


def new_secret(what):
    return f'{what}-{secrets.token_hex(12)}/+"\\'


class Secrets:
    """Values that may show up nowhere but where they were put."""

    def __init__(self):
        self.needles = {}

    def add(self, name):
        secret = new_secret(name)
        self.needles[name] = encodings(secret)
        return secret

    def found_in(self, data, names=None):
        return [name for name, needles in self.needles.items()
                if (names is None or name in names) and
                any(needle in data for needle in needles)]


def memory_of(pid):
    """Resident bytes of the process's own, 0 when it is gone."""
    try:
        text = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    match = re.search(r"^RssAnon:\s+(\d+) kB", text, re.M)
    return int(match.group(1)) << 10 if match else 0


def hash_cached(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def hash_direct(path):
    """By O_DIRECT: what is on disk, not what the page cache says."""
    state = hashlib.sha256()
    fd = os.open(path, os.O_RDONLY | os.O_DIRECT)
    room = mmap.mmap(-1, 1 << 20)  # page-aligned
    try:
        while n := os.readv(fd, [room]):
            state.update(room[:n])
    finally:
        os.close(fd)
    return state.hexdigest()


def environment_sample():
    """Files of the shared tree: those of ours, and a fixed sample."""
    root = (STORE / "default").resolve() / "rootfs"
    files = sorted(p for p in root.rglob("*")
                   if p.is_file() and not p.is_symlink())
    ours = [p for p in files if "/usr/lib/enclave/" in str(p) or
            p.parent in (root / "etc", root / "usr/bin")]
    step = max(1, len(files) // SAMPLE_FILES)
    return ours + files[::step]


def sentinels(sample):
    """{what: value} of the host that no session may change."""
    found = {}
    for path in sorted(BIN.glob("enclave*")):
        found[f"runtime {path.name}"] = hash_cached(path)
    for name in ("passwd", "shadow", "group", "hosts", "resolv.conf",
                 "hostname", "ld.so.preload", "crontab"):
        path = Path("/etc") / name
        found[f"/etc/{name}"] = hash_cached(path) if path.exists() else None
    for name in ("kernel/core_pattern", "kernel/modprobe", "kernel/hostname",
                 "kernel/tainted", "kernel/domainname", "vm/overcommit_memory",
                 "fs/suid_dumpable", "kernel/randomize_va_space"):
        path = Path("/proc/sys") / name
        found[name] = path.read_text() if path.exists() else None
    found["clock"] = round(time.time() - time.monotonic())
    for path in sample:
        status = path.stat()
        found[str(path)] = (status.st_mode, status.st_uid, status.st_size,
                            status.st_mtime_ns, hash_cached(path))
        if status.st_size:
            try:
                found[f"{path} on disk"] = hash_direct(path)
            except OSError:
                pass  # a file system without O_DIRECT
    return found


def oopses():
    done = subprocess.run(["dmesg"], capture_output=True, text=True,
                          errors="replace")
    if done.returncode != 0:
        return []
    return [line for line in done.stdout.splitlines() if OOPS.search(line)]


class Oracle:
    """One server's; begin_group() ... after_wave() ... end_group()."""

    def __init__(self, server):
        self.server = server
        self.secrets = Secrets()
        self.case_secret = self.secrets.add("case")
        self.sibling_secret = self.secrets.add("sibling")
        self.host_secret = self.secrets.add("host")
        (server.state / "sentinel").write_text(self.host_secret)
        self.sample = environment_sample()
        self.host = sentinels(self.sample)
        self.oopses = oopses()
        self.plane = self.plane_pids()
        self.memory = {p: memory_of(p) for p in self.plane.values()}
        self.sibling = None
        self.stills = []

    # ---- the control plane ----

    def plane_pids(self):
        return {name: pid for pid, name in
                self.server.children().items()
                if name in ("enclave-api", "enclave-vault") or
                pid == self.server.process.pid}

    def plane_faults(self):
        if self.server.process.poll() is not None:
            return ["the server died"]
        faults = []
        if self.plane_pids() != self.plane:
            faults.append(f"the control plane was {self.plane}, is "
                          f"{self.plane_pids()}")
        for path in ("/v1/healthz", "/v1/readyz"):
            reply = self.server.request("GET", path)
            if reply.status != 200:
                faults.append(f"{path} says {reply.status}")
        return faults

    # ---- after a session ----

    def session_faults(self, session, bundle, events):
        faults = []
        code, text = verify(bundle)
        if code != 0:
            faults.append(f"audit verify exits {code}: {text.strip()}")
        if [e["type"] for e in events].count(TERMINAL) != 1:
            faults.append("not exactly one terminal event")
        public = {k: v for k, v in session.items() if k != "result"}
        shown = json.dumps(public).encode() + bundle
        faults += [f"the {name} secret is on a public surface"
                   for name in self.secrets.found_in(shown)]
        output = json.dumps(session.get("result")).encode()
        faults += [f"the {name} secret is in the program's output" for name in
                   self.secrets.found_in(output, ("sibling", "host"))]
        return faults

    # ---- after a wave ----

    def look(self):
        return host_state(self.server)

    def after_wave(self):
        left = []

        def clean():
            left[:] = differences(self.before, self.look())
            return not left
        try:
            # What waits is part of what was there before.
            self.server.wait_for_pools()
            wait_until(clean, CLEAN_SECONDS, "clean host")
        except TimeoutError as error:
            left = left or [str(error)]
        return [f"left behind: {one}" for one in left] + self.plane_faults()

    # ---- around a group ----

    def begin_group(self):
        reply = self.server.request("POST", "/v1/sessions", {
            "language": "python", "code": SIBLING,
            "files": [{"path": "secret", "content": self.sibling_secret}],
            "limits": {"cpuSeconds": 3600, "wallClockSeconds": 3600}})
        assert reply.status == 201, reply.body
        self.sibling = reply.json["id"]
        wait_until(lambda: self.look_at_sibling()["startedAt"], 20,
                   "the sibling's start")
        began = time.time()
        for _ in range(3):
            self.server.audit(self.server.run(
                {"code": "pass", "language": "python"})["id"])
        self.wait_for_pulses(began)
        self.control = (began, time.time())
        self.server.wait_for_pools()
        self.before = settled(self.look)

    @staticmethod
    def wait_for_pulses(began):
        """Until a time that began then is one that the sibling tells of."""
        wait_until(lambda: time.time() - began > 0.6, 5, "a few pulses")

    def look_at_sibling(self):
        return self.server.request("GET", f"/v1/sessions/{self.sibling}").json

    def end_group(self):
        """What the group did to anybody else; ends the sibling.

        When the sibling stood still is in stills afterwards: pairs of times.
        """
        faults = self.after_wave() + self.sibling_faults()
        after = sentinels(self.sample)
        self.host["clock"], drift = after["clock"], abs(
            self.host["clock"] - after["clock"])
        if drift > 2:
            faults.append(f"the host's clock moved by {drift} s")
        faults += [f"changed: {name}: {self.host[name]} -> {after.get(name)}"
                   for name in self.host if self.host[name] != after.get(name)]
        faults += [f"kernel log: {line}" for line in oopses()
                   if line not in self.oopses]
        faults += self.surface_faults()
        for pid, before in self.memory.items():
            if memory_of(pid) > before + RSS_GROWTH:
                faults.append(f"{pid} of the control plane grew from {before} "
                              f"to {memory_of(pid)} bytes")
        return faults

    def sibling_faults(self):
        self.stills = []
        self.wait_for_pulses(self.control[1])  # a group may be short
        self.server.request("DELETE", f"/v1/sessions/{self.sibling}")
        ended = wait_until(
            lambda: (s := self.look_at_sibling())["phase"] == "torn_down" and
            s, 20, "the sibling's end")
        bundle, events = self.server.audit(self.sibling)
        result = self.server.request(
            "GET", f"/v1/sessions/{self.sibling}/result").json
        faults = [] if ended["killReason"] == "cancelled" else [
            f"the sibling: {ended['outcome']}, {ended['killReason']}"]
        faults += [f"the sibling: {fault}" for fault in
                   self.session_faults({**ended, "result": None}, bundle,
                                       events)]
        pulses = [line.split() for line in result["stdout"].splitlines()]
        beside = [float(gap) for at, gap, _ in pulses
                  if self.control[0] <= float(at) <= self.control[1]]
        rest = [(float(gap), float(at)) for at, gap, _ in pulses
                if float(at) > self.control[1]]
        if not beside or not rest:
            return faults + ["the sibling has no pulse"]
        most = max(GAP_SECONDS, GAP_TIMES * max(beside))
        self.stills = [(at - gap, at) for gap, at in rest if gap > most]
        if len({kept for _, _, kept in pulses}) != 1:
            faults.append("the sibling's files changed")
        return faults

    def surface_faults(self):
        """Logs, database, metrics and lists, for every secret."""
        surfaces = {"the log": self.server.log.read_bytes()}
        for path in self.server.state.rglob("enclave.db*"):
            surfaces[path.name] = path.read_bytes()
        for path in ("/v1/metrics", "/v1/sessions", "/v1/environments",
                     "/v1/healthz", "/v1/openapi.json"):
            surfaces[path] = self.server.request("GET", path).body
        return [f"the {name} secret is in {surface}"
                for surface, data in surfaces.items()
                for name in self.secrets.found_in(data)]
