"""Where Enclave can't be safe it doesn't start, and says what to do."""

import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from enclave_test import BIN, STORE, TOP, Server
from facts import wait_running
from leftovers import dead_checks


def enclaved(*arguments, user=None):
    command = [str(BIN / "enclaved"), "--environments", str(STORE),
               "--listen", "none", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=30,
                          user=user, group=user, extra_groups=[] if user
                          else None, stdin=subprocess.DEVNULL)


def told(done, *words):
    assert done.returncode not in (0, 70) and done.returncode > 0, done
    text = done.stderr + done.stdout
    for word in words:
        assert word in text, (word, done)


def test_two_servers_on_one_state_directory():
    with Server() as server:
        done = enclaved("--state-dir", str(server.state), "--socket",
                        str(server.state / "s2"))
        told(done, str(server.state), "state-dir")
        assert server.request("GET", "/v1/healthz").status == 200


def test_a_start_that_fails_leaves_nothing():
    """No socket, no directory, no process, no group; old files stay."""
    with directory() as folder, socket.create_server(
            ("127.0.0.1", 0)) as taken:
        def start(state, *arguments):
            return enclaved("--state-dir", state, "--socket", f"{folder}/s",
                            *arguments)
        port = f"127.0.0.1:{taken.getsockname()[1]}"
        faults = (("--listen", port), ("--listen", "nowhere"),
                  ("--environments", f"{folder}/none"),
                  ("--runsc", f"{folder}/none"), ("--api", "/dev/null"),
                  ("--api", f"{folder}/none"), ("--socket", f"{folder}/n/s"))
        for fault in faults:
            assert start(f"{folder}/new", *fault).returncode > 0, fault
            assert os.listdir(folder) == [], (fault, os.listdir(folder))
        os.mkdir(f"{folder}/old", 0o700)
        with Server(state=f"{folder}/old", pool=0) as server:
            assert server.run({"code": "pass"})["outcome"] == "succeeded"
        before = sorted(Path(folder).rglob("*"))
        for fault in faults:
            assert start(f"{folder}/old", *fault).returncode > 0, fault
            assert sorted(Path(folder).rglob("*")) == before, fault
        assert not dead_checks(), dead_checks()


def test_a_state_directory_that_cannot_be_written():
    told(enclaved("--state-dir", "/proc/enclave", "--socket", "/tmp/s-none"),
         "/proc/enclave")


def test_a_socket_path_that_is_taken():
    with directory() as state:
        Path(state, "file").write_text("kept")
        told(enclaved("--state-dir", state, "--socket", f"{state}/file"),
             f"{state}/file", "name a path that is free")
        assert Path(state, "file").read_text() == "kept"
        told(enclaved("--state-dir", state, "--socket", f"{state}/none/s"),
             f"{state}/none/s", "directory must exist")


@contextmanager
def directory(mode=0o700, owner=0):
    folder = tempfile.mkdtemp(prefix="enclave-test-")
    try:
        os.chown(folder, owner, owner)
        os.chmod(folder, mode)
        yield folder
    finally:
        shutil.rmtree(folder)


def doctor(*arguments):
    rows = json.loads(enclaved("--check", *arguments).stdout)
    return {row["feature"]: row for row in rows}


OTHERS = ((0o1777, 0), (0o777, 0), (0o770, 0), (0o700, 65534))


def test_directories_that_others_can_write():
    """Who can replace a file there could choose what root trusts."""
    for mode, owner in OTHERS:
        word = "chown" if owner else "chmod go-w"
        with directory() as own, directory(mode, owner) as others:
            told(enclaved("--state-dir", others, "--socket", f"{own}/s"),
                 others, word, "--state-dir")
            assert os.listdir(others) == os.listdir(own) == []
            row = doctor("--state-dir", others)["state"]
            assert row["state"] == "missing" and word in row["detail"], row
            if mode != 0o1777:  # as /tmp: nobody can replace root's socket
                told(enclaved("--state-dir", own, "--socket", f"{others}/s"),
                     others, word, "--socket")
                assert os.listdir(others) == []
    for mode in (0o700, 0o755):
        with directory(mode) as state, Server(state=state, pool=0) as server:
            assert server.request("GET", "/v1/healthz").status == 200


def test_an_environment_that_others_can_write():
    """The store, an environment in it, or its root."""
    digest = os.readlink(STORE / "default")
    for index in range(3):
        for mode, owner in OTHERS:
            with directory() as own, directory(0o755) as store:
                root = Path(store, digest, "rootfs")
                root.mkdir(parents=True)
                os.symlink(digest, Path(store, "default"))
                one = (Path(store), root.parent, root)[index]
                os.chown(one, owner, owner)
                os.chmod(one, mode)
                told(enclaved("--state-dir", own, "--socket", f"{own}/s",
                              "--environments", store),
                     "root", "mkenv" if index else "chmod 755")


def test_ids_that_others_can_take():
    """Locks that others can replace keep no two servers apart."""
    script = ("mount -t tmpfs -o mode=0755 none /run && mkdir -p "
              "/run/enclave/uids && chmod 1777 /run/enclave/uids && exec " +
              str(BIN / "enclaved") + " --state-dir $0 --socket $0/s --listen "
              "none --environments " + str(STORE))
    with directory() as own:
        told(subprocess.run(["unshare", "-m", "sh", "-c", script, own],
                            capture_output=True, text=True, timeout=30),
             "/run/enclave/uids", "remove it")


def test_not_root():
    folder = tempfile.mkdtemp(prefix="enclave-test-")
    bins = tempfile.mkdtemp(prefix="enclave-bin-")
    try:
        os.chmod(folder, 0o777)
        os.chmod(bins, 0o755)
        for program in BIN.iterdir():
            shutil.copy2(program, Path(bins, program.name))
        done = subprocess.run(
            [f"{bins}/enclaved", "--state-dir", folder, "--socket",
             f"{folder}/s", "--listen", "none"], capture_output=True,
            text=True, timeout=30, user=65534, group=65534, extra_groups=[])
        told(done, "root")
    finally:
        shutil.rmtree(folder)
        shutil.rmtree(bins)


def test_no_environment():
    folder = tempfile.mkdtemp(prefix="enclave-test-")
    try:
        done = enclaved("--state-dir", folder, "--socket", f"{folder}/s",
                        "--environments", f"{folder}/none")
        told(done, f"{folder}/none", "make env")
    finally:
        shutil.rmtree(folder)


def test_a_wrong_option():
    told(enclaved("--no-such-option"), "--no-such-option", "--help")


def test_the_manual_has_every_option():
    told_of = set(re.findall(r"^  (--[a-z-]+)", subprocess.run(
        [BIN / "enclaved", "--help"], capture_output=True, text=True,
        check=True).stdout, re.M))
    page = (TOP / "docs/man/enclaved.8").read_text().replace("\\-", "-")
    described = set(re.findall(r"^\.BI? (--[a-z-]+)", page, re.M))
    assert told_of and told_of == described, told_of ^ described


def test_what_is_made_from_the_commands_is_current():
    """The manual page's section COMMANDS and the completion for bash."""
    for option, path, begin, end in (
            ("--man", "docs/man/enclave.1", ".SH COMMANDS\n", ".SH OPTIONS\n"),
            ("--completion", "packaging/enclave.bash", "", None)):
        made = subprocess.run([BIN / "enclave", "help", option], text=True,
                              capture_output=True, check=True).stdout
        text = (TOP / path).read_text()
        found = text[text.index(begin):text.index(end) if end else None]
        assert found == made, f"{path}: put in `enclave help {option}`"


def test_the_reference_is_current():
    """docs/reference.md, from openapi.json and the tables."""
    done = subprocess.run([TOP / "tools/gen-reference", "--check"], text=True,
                          capture_output=True)
    assert done.returncode == 0, "tools/gen-reference: " + done.stdout[:2000]


def complete(*words):
    """What bash offers for the last word."""
    script = (f". {TOP}/packaging/enclave.bash; COMP_WORDS=(\"$@\"); "
              "COMP_CWORD=$(($# - 1)); _enclave; echo ${COMPREPLY[*]}")
    return subprocess.run(["bash", "-c", script, "bash", *words], text=True,
                          capture_output=True, check=True).stdout.split()


def test_bash_completes_commands_and_options():
    assert {"run", "audit", "keys"} <= set(complete("enclave", ""))
    assert complete("enclave", "au") == ["audit"]
    assert complete("enclave", "audit", "") == [
        "show", "export", "key", "verify"]
    assert complete("enclave", "audit", "verify", "--h") == [
        "--head", "--help"]
    assert complete("enclave", "run", "--ti") == ["--timeout"]
    assert complete("enclave", "run", "x.py", "--ti") == ["--timeout"]
    assert complete("enclave", "run", "x") == []  # files, by default


def test_a_missing_kernel_feature():
    """Without its own cgroup mounts nothing may start."""
    script = ("umount -R /sys/fs/cgroup && exec " + str(BIN / "enclaved") +
              " --state-dir $0 --socket $0/s --listen none --environments " +
              str(STORE))
    folder = tempfile.mkdtemp(prefix="enclave-test-")
    try:
        done = subprocess.run(["unshare", "-m", "sh", "-c", script, folder],
                              capture_output=True, text=True, timeout=30)
        told(done, "cgroup")
    finally:
        shutil.rmtree(folder)


def test_many_start_at_once():
    """What one tries of the machine isn't another's to take away."""
    def check(_):
        return enclaved("--check")
    with ThreadPoolExecutor(8) as pool:
        for done in pool.map(check, range(160)):
            assert done.returncode == 0, done
    assert not dead_checks(), dead_checks()


def test_drain_on_term():
    """SIGTERM: nothing new, what runs may end, then the server goes."""
    with Server() as server:
        answer = []
        thread = threading.Thread(target=lambda: answer.append(server.run(
            {"language": "python",
             "code": "import time\ntime.sleep(1.5)\nenclave.result('done')"})))
        thread.start()
        wait_running(server)
        code = server.stop()
        thread.join()
        assert code == 0, code
        assert answer and answer[0]["result"]["json"] == "done", answer
