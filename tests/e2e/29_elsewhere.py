"""A program behaves in a session as it does on any other machine.

Each file of tests/programs runs in a chroot of the same environment, started
by hand as `python3 main.py` or `node main.js`, and in a session on each
backend. Exit status, standard output and error are the same, byte for byte. A
program that leaves files prints them. A difference that has a cause in the
kernel or in gVisor is a row of docs/parity.md, which names the program.

The top of a file may say, as `# key: value`: files (of tests/programs/files),
args, stdin, env (NAME=value), limits (name=value), differs (ROW or ROW@backend).
"""

import json
import os
import re
import shlex
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import chroot
from enclave_test import (MUST_RUN, STORE, TOP, WITHOUT_GVISOR, Server,
                          has_gvisor, header)

PROGRAMS = TOP / "tests/programs"
FILES = PROGRAMS / "files"
LANGUAGES = {"python": ("main.py", ["python3"]), "node": ("main.js", ["node"])}


class Program:
    def __init__(self, path):
        self.path = path
        self.language = path.parent.name
        self.entry, self.words = LANGUAGES[self.language]
        self.text = path.read_text()
        facts = header(self.text)

        def words(key):
            return shlex.split(" ".join(facts.get(key, [])))

        self.args = words("args")
        self.stdin = "".join(facts.get("stdin", [])).encode().decode(
            "unicode_escape")
        self.env = dict(pair.split("=", 1) for pair in words("env"))
        self.limits = {name: json.loads(value) for name, value in
                       (pair.split("=") for pair in words("limits"))}
        self.differs = words("differs")
        self.files = {name: (FILES / name).read_text()
                      for name in words("files")}

    def __str__(self):
        return f"{self.language}/{self.path.stem}"

    def request(self, backend):
        files = [{"path": name, "content": text}
                 for name, text in self.files.items()]
        return {"code": self.text, "language": self.language, "files": files,
                "args": self.args, "stdin": self.stdin, "env": self.env,
                "limits": {"pidsLimit": 256, **self.limits},
                "backend": backend}

    def rows(self, backend):
        """The rows of docs/parity.md that let it differ there."""
        return [row.partition("@")[0] for row in self.differs
                if row.partition("@")[2] in ("", backend)]


def plain(text):
    """Without what is never the same: addresses, the session, node's pid."""
    # V8 copies its own code where there is much memory.
    text = re.sub(r"\b0x[0-9a-f]{6,16}\b *(\[node\])?", "0x", text)
    text = re.sub(r"(?m)^\(node:\d+\) ", "(node:0) ", text)
    return re.sub(r"\bs-[0-9a-f]{10}-\d+\b", "s-0", text)


def elsewhere(program, folder):
    """(status, stdout, stderr) in a chroot of the environment."""
    work = folder / "work"
    work.mkdir(parents=True)
    (work / program.entry).write_text(program.text)
    for name, text in program.files.items():
        (work / name).parent.mkdir(parents=True, exist_ok=True)
        (work / name).write_text(text)
    try:
        done = chroot.run(STORE / "default/rootfs",
                          [*program.words, program.entry, *program.args],
                          folder, program.stdin.encode(), program.env)
    except subprocess.TimeoutExpired:
        return "no end", "", ""
    return (done.returncode, plain(done.stdout.decode(errors="replace")),
            plain(done.stderr.decode(errors="replace")))


def inside(program, server, backend):
    session = server.run(program.request(backend))
    result = session["result"]
    status = result["exitCode"]
    if result["signal"] is not None:
        status = 128 + result["signal"]
    if session["killReason"] is not None:
        status = session["killReason"]
    return status, plain(result["stdout"]), plain(result["stderr"])


def clip(value):
    return value if not isinstance(value, str) or len(value) < 600 else \
        value[:400] + " ... " + value[-200:]


def compare(program, server, backends, folder):
    """A text for each difference without a row, each row without one."""
    wanted = elsewhere(program, folder / str(program))
    told = []
    for backend in backends:
        found = inside(program, server, backend)
        rows = program.rows(backend)
        if found != wanted and not rows:
            # On a busy machine a program may be late for its own deadline.
            wanted = elsewhere(program, folder / f"{program}-{backend}")
            found = inside(program, server, backend)
        if found != wanted and not rows:
            told += [f"{program} on {backend}: {what} {clip(ours)!r}, "
                     f"elsewhere {clip(theirs)!r}"
                     for what, ours, theirs in
                     zip(("status", "stdout", "stderr"), found, wanted)
                     if ours != theirs]
        if found == wanted and rows:
            told.append(f"{program} on {backend} is as elsewhere, although "
                        f"row {rows} lets it differ")
    return told


def parity_rows():
    """{row: programs that it names} of the page's table about programs."""
    found = {}
    for line in (TOP / "docs/parity.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        names = re.findall(r"\b(?:python|node)/[\w-]+", cells[-1])
        if names and re.fullmatch("`[a-z0-9-]+`", cells[0]):
            found[cells[0].strip("`")] = set(names)
    return found


def programs():
    chosen = os.environ.get("ENCLAVE_PROGRAMS", "").split()
    every = [Program(path) for language in LANGUAGES
             for path in sorted((PROGRAMS / language).iterdir())]
    return [one for one in every if not chosen or
            any(word in str(one) for word in chosen)]


def test_programs_run_as_elsewhere():
    backends = ["native", *(["gvisor"] if has_gvisor() else [])]
    assert len(backends) == 2 or WITHOUT_GVISOR or not MUST_RUN, \
        "there is no runsc"
    with Server(backend=",".join(backends), pool=2) as server, \
            tempfile.TemporaryDirectory() as folder, \
            ThreadPoolExecutor(4) as pool:
        told = [text for texts in pool.map(
            lambda one: compare(one, server, backends, Path(folder)),
            programs()) for text in texts]
    assert not told, f"{len(told)} differences:\n" + "\n".join(told)


def test_rows_and_programs_name_each_other():
    named = {}
    for one in programs():
        for row in one.differs:
            named.setdefault(row.partition("@")[0], set()).add(str(one))
    assert named == parity_rows(), (named, parity_rows())
