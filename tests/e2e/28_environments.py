"""What programs find in an environment, and how environments are made."""

import base64
import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path

from enclave_test import TOP, Server, need_gvisor


def node_and_npm(backend):
    code = """
const run = require('child_process').execFileSync;
enclave.result([process.versions.node, process.execPath,
    `${run('npm', ['--version'])}`, `${run('npx', ['--version'])}`]);
"""
    with Server(backend, pool=0) as server:
        session = server.run({"code": code, "language": "node"})
        node, path, npm, npx = session["result"]["json"]
        assert node.startswith("24.") and path == "/usr/bin/node", session
        assert npm == npx and npm.startswith("11."), session


def test_node_and_npm():
    node_and_npm("native")


def test_node_and_npm_on_gvisor():
    need_gvisor()
    node_and_npm("gvisor")


def mkenv(folder, *arguments):
    """The tool, with lists of packages of its own: (status, what it said)."""
    done = subprocess.run([folder / "tools/mkenv", *arguments, "--store",
                           folder / "store", "--init", "/bin/true"],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, check=False)
    return done.returncode, done.stdout


def test_an_archive_is_what_the_list_says():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copytree(TOP / "tools", folder / "tools")
        shutil.copytree(TOP / "runner", folder / "runner")
        wanted = hashlib.sha512(b"wanted").digest()
        archive = folder / f"store/.cache/npm/{wanted.hex()[:32]}.tgz"
        archive.parent.mkdir(parents=True)
        archive.write_bytes(b"another")
        packages = folder / "environments/x/packages"
        packages.parent.mkdir(parents=True)
        for integrity, said in (
                (f"sha512-{base64.b64encode(wanted).decode()}",
                 "isn't what the list"),
                ("sha512-AAAA", "needs an integrity"),
                ("sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=", "needs an integrity"),
                ("", "needs an integrity")):
            packages.write_text(f"npm:npm@11.21.2 {integrity}\n")
            status, text = mkenv(folder, "x")
            assert status == 1 and said in text, (status, text)
        assert not archive.exists()
