"""The demo of service bindings: 8/8, and red if a line is wrong."""

import json
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from enclave_test import BIN, need_gvisor, wait_until
from mutant import programs_with
from pace import paced

# A line of the product, what it becomes, and the checks that must notice.
WRONG = {
    "forwards the ungranted": (
        "enclave-gate", "src/gate/held.c",
        "\t\tif (is_text(name, table->rows[i].name)) {",
        "\t\tif (i == 0) {", ["an ungranted binding is refused"]),
    "first gate": (
        "enclave-vault", "src/vault/vault_requests.c",
        "\t\tenc_vault_gate_find(vault, asked->head->tag);",
        "\t\tENC_HOLDER(vault->gates.next, struct enc_vault_gate, link);",
        ["an ungranted binding is refused"]),
    "last gate": (
        "enclave-vault", "src/vault/vault_requests.c",
        "\t\tenc_vault_gate_find(vault, asked->head->tag);",
        "\t\tENC_HOLDER(vault->gates.previous, struct enc_vault_gate, link);",
        ["an ungranted binding is refused"]),
    "every scope": (
        "enclave-gate", "src/wire/binding_check.c",
        "\treturn method_fits && path_fits;",
        "\treturn true;", ["each call is on record, and in scope"]),
    "no masking": (
        "enclave-gate", "src/wire/mask.c",
        "\tif (!binding->mask || binding->injection == ENC_INJECTION_NONE) {",
        "\tif (true) {", ["an echoed credential is masked",
                          "no secret on any public surface"]),
}


def environment(backend):
    keep = ("ENCLAVE_ENVIRONMENTS",)
    return {**{k: v for k, v in os.environ.items()
               if not k.startswith("ENCLAVE_") or k in keep},
            "ENCLAVE_BACKEND": backend}


def command(bins, *arguments):
    return [str(bins / "enclave"), "demo", "service-bindings", *arguments]


def demo(bins=BIN, *arguments, backend="native"):
    """(the process, the report, the report's text)"""
    folder = tempfile.mkdtemp(prefix="enclave-demo-")
    try:
        done = subprocess.run(command(bins, *arguments), cwd=folder,
                              env=environment(backend), timeout=paced(120),
                              capture_output=True, text=True)
        report = Path(folder, "evidence/service-bindings-report.json")
        text = Path(folder, "evidence/service-bindings-report.md")
        return (done, json.loads(report.read_text()) if report.exists()
                else None, text.exists() and text.read_text())
    finally:
        shutil.rmtree(folder)


def failed(report):
    return [row["check"] for row in report["checks"] if not row["passed"]]


def has_link(process):
    return os.path.exists(f"/sys/class/net/encdemo{process.pid}")


def eight_of_eight(backend):
    done, report, text = demo(backend=backend)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "8/8" in done.stdout and "modelled" not in done.stdout, done.stdout
    assert report["backend"] == backend and report["passed"] == 8, report
    assert len(report["checks"]) == 8 and "8 of 8" in text
    # The upstream's record of the calls and their credentials.
    calls = report["upstreamCalls"]
    assert {one["credential"] for one in calls} == {"right"}, calls
    assert [one["target"] for one in calls].count("/payments/v1/charges") == 2
    granted, hostile = report["sessions"]
    assert "binding_invoked" in granted["auditTypes"]
    assert "binding_denied" in hostile["auditTypes"]
    assert granted["auditVerified"] and hostile["auditVerified"]


def test_eight_of_eight_on_the_native_backend():
    eight_of_eight("native")


def test_eight_of_eight_on_gvisor():
    need_gvisor()
    eight_of_eight("gvisor")


def test_simulator_says_modelled_on_each_line():
    done, report, _ = demo(BIN, "--backend", "simulator", backend="native")
    assert done.returncode == 0, done.stdout + done.stderr
    rows = [line for line in done.stdout.splitlines() if "PASS" in line]
    assert len(rows) == 8 and all("modelled: " in row for row in rows), rows
    assert all(row["modelled"] for row in report["checks"]), report


def test_who_is_not_root_is_told_what_to_do():
    done = subprocess.run(
        ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--",
         *command(BIN)], env=environment("native"), cwd="/",
        capture_output=True, text=True)
    assert done.returncode != 0
    assert "be root" in done.stderr and "simulator" in done.stderr, done.stderr


def test_a_server_that_runs_already_is_not_taken():
    done = subprocess.run(
        command(BIN), capture_output=True, text=True, cwd="/",
        env={**environment("native"), "ENCLAVE_BASE_URL": "unix:/nowhere"})
    assert done.returncode != 0 and done.stdout == "", done.stdout


def ended_by(how):
    """Ends a demo; its network and its server must be gone."""
    folder = tempfile.mkdtemp(prefix="enclave-demo-")
    process = subprocess.Popen(
        command(BIN), cwd=folder, env={**environment("native"),
                                       "XDG_RUNTIME_DIR": folder},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: has_link(process), 20, "the upstream's link")
        if how is not None:
            process.send_signal(how)
        process.wait(paced(60))
        if how is None:
            assert not has_link(process)
        wait_until(lambda: not has_link(process), 20, "the link's end")
        wait_until(lambda: not [name for name in os.listdir(folder)
                                if name.startswith("enclave-")], 30,
                   "the end of the server")
        return process.returncode
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(folder)


def test_it_leaves_nothing():
    assert ended_by(None) == 0


def test_ctrl_c_leaves_nothing():
    # At first it has nothing to end before it ends itself.
    assert ended_by(signal.SIGINT) in (128 + signal.SIGINT, -signal.SIGINT)


def test_a_kill_leaves_nothing():
    assert ended_by(signal.SIGKILL) == -signal.SIGKILL


def test_a_rebuilt_gate_is_green():
    # So the failures of the next tests don't come from the rebuild.
    program, source, line, _, _ = WRONG["forwards the ungranted"]
    with programs_with(program, source, line, line + " ") as bins:
        done, report, _ = demo(bins)
    assert done.returncode == 0 and not failed(report), done.stdout


def turns_red(name):
    program, source, old, new, checks = WRONG[name]
    with programs_with(program, source, old, new) as bins:
        done, report, _ = demo(bins)
    assert done.returncode == 1, done.stdout + done.stderr
    assert set(checks) <= set(failed(report)), done.stdout


def test_a_gate_that_forwards_the_ungranted_turns_it_red():
    turns_red("forwards the ungranted")


def test_a_vault_that_ignores_the_tag_turns_it_red():
    turns_red("first gate")
    turns_red("last gate")


def test_a_scope_that_is_always_true_turns_it_red():
    turns_red("every scope")


def test_a_mask_that_is_off_turns_it_red():
    turns_red("no masking")
