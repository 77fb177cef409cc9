"""The adversarial demo: 6/6 on the real thing, red when containment breaks."""

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from enclave_test import BIN, need_gvisor


def demo(bin_dir=BIN, *arguments, backend=None, out="evidence"):
    folder = tempfile.mkdtemp(prefix="enclave-demo-")
    env = {k: v for k, v in os.environ.items()
           if not k.startswith("ENCLAVE_") or k == "ENCLAVE_ENVIRONMENTS"}
    if backend:
        env["ENCLAVE_BACKEND"] = backend
    try:
        done = subprocess.run([str(bin_dir / "enclave"), "demo", "adversarial",
                               "--out", out, *arguments], cwd=folder, env=env, timeout=180,
                              capture_output=True, text=True)
        report = Path(folder, out, "adversarial-report.json")
        text = Path(folder, out, "adversarial-report.md")
        return (done, json.loads(report.read_text()) if report.exists()
                else None, text.exists() and text.read_text())
    finally:
        shutil.rmtree(folder)


def scenario(report, word):
    rows = report.get("scenarios") or report.get("checks")
    return next(r for r in rows if word in json.dumps(r).lower())


def test_six_of_six_on_the_native_backend():
    six_of_six("native")


def test_six_of_six_on_gvisor():
    need_gvisor()
    six_of_six("gvisor", out="evidence/of/gvisor")


def six_of_six(backend, out="evidence"):
    done, report, text = demo(backend=backend, out=out)
    assert report["backend"] == backend, report
    assert done.returncode == 0, done.stdout + done.stderr
    assert "6/6" in done.stdout, done.stdout
    assert "evil.example.com" in scenario(report, "exfil")["deniedEgress"]
    assert "169.254.169.254" in scenario(report, "metadata")["deniedEgress"]
    bomb = scenario(report, "fork bomb")
    assert bomb["phase"] == "killed" and bomb["killReason"] == "pids_exceeded"
    clean = scenario(report, "clean compute")
    assert clean["resultJson"] == {"answer": 285}, clean
    assert text and "285" in text


def test_simulator_says_modelled_on_each_line():
    done, report, _ = demo(backend="simulator")
    assert done.returncode == 0, done.stdout + done.stderr
    rows = [line for line in done.stdout.splitlines()
            if "CONTAINED" in line or "SUCCEEDED" in line or "WITHHELD" in line]
    assert len(rows) == 6 and all("modelled" in row for row in rows), rows
    assert "285" not in done.stdout


def broken(change):
    """A copy of the programs in which one is replaced."""
    folder = Path(tempfile.mkdtemp(prefix="enclave-broken-"))
    for program in BIN.iterdir():
        shutil.copy2(program, folder / program.name)
    change(folder)
    try:
        return demo(folder)
    finally:
        shutil.rmtree(folder)


def test_a_gate_that_is_broken_turns_the_demo_red():
    def change(folder):
        (folder / "enclave-gate").unlink()
        shutil.copy2("/bin/true", folder / "enclave-gate")
    done, _, _ = broken(change)
    assert done.returncode != 0, done.stdout


def test_a_lifted_pids_limit_turns_the_demo_red():
    # Of which the bomb dies all the same, and soon.
    done, _, _ = demo(BIN, "--pids-limit", "512")
    assert done.returncode != 0, done.stdout
    assert "5/6" in done.stdout, done.stdout
