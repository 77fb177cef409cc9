"""enclave doctor: a real session on each backend, and what is wrong, by anybody.

It never aborts, whoever starts it and wherever (D7, D8, D9).
"""

import json
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from enclave_test import (BIN, STORE, TOP, Server, has_gvisor, need_gvisor,
                          wait_until)
from facts import draining
from leftovers import dead_checks

STATES = {"ok", "missing", "without", "unknown"}
ENV = {**os.environ, "ENCLAVE_ENVIRONMENTS": str(STORE)}


def doctor(*wrapper, environment=None, arguments=("--json",), **options):
    """(exit code, {feature: row}); it has ended by itself, without a BUG."""
    done = subprocess.run([*wrapper, str(BIN / "enclave"), "doctor", *arguments],
                          env={**ENV, **(environment or {})},
                          stdin=subprocess.DEVNULL, capture_output=True,
                          timeout=300, **options)
    assert done.returncode in (0, 69), done
    assert b"BUG" not in done.stdout + done.stderr, done
    rows = {row["feature"]: row for row in json.loads(done.stdout)}
    for row in rows.values():
        assert row["state"] in STATES, row
        assert row["ok"] == (row["state"] == "ok"), row
        assert row["detail"], row
        assert bool(row["remedy"]) == (not row["ok"]), row
    return done.returncode, rows


def in_namespace(script, *how):
    """A wrapper: @script first, as root of a mount namespace of its own."""
    return ["unshare", *(how or ["--mount"]), "sh", "-c",
            f"{script} && exec \"$@\"", "sh"]


def missing(rows):
    return {name for name, row in rows.items() if row["state"] == "missing"}


def test_a_machine_that_has_all():
    code, rows = doctor()
    assert (code, missing(rows)) == (0, set()), rows
    assert rows["session on native"]["state"] == "ok"
    assert ("session on gvisor" in rows) == has_gvisor()
    if has_gvisor():
        assert rows["session on gvisor"]["state"] == "ok"


def test_for_people():
    """The same rows as text; closed or early ended output is no harm."""
    def shown(command):
        return subprocess.run(["sh", "-c", command], env=ENV, timeout=300,
                              capture_output=True, text=True)
    program = BIN / "enclave"
    done = shown(f"{program} doctor")
    assert done.returncode == 0 and "session on native" in done.stdout, done
    assert done.stdout.count("\n") >= 20 and "MISSING" not in done.stdout, done
    done = shown(f"{program} doctor | head -1")
    assert done.stdout.startswith("ok "), done
    for closed in (">&-", "2>&-", "<&-", "<&- >&- 2>&-"):
        done = shown(f"{program} doctor {closed}")
        assert done.returncode == (69 if ">" in closed.replace("2>", "") else 0), done
        assert "BUG" not in done.stderr, (closed, done)


def test_each_backend_tells_its_own_failure():
    """Little room for addresses: native runs, gVisor can't, and says why."""
    need_gvisor()
    code, rows = doctor("prlimit", "--as=1800000000", "--")
    assert code == 69, rows
    assert missing(rows) == {"session on gvisor"}, rows
    assert "running container" in rows["session on gvisor"]["detail"], rows
    assert rows["session on native"]["state"] == "ok", rows


def test_a_session_says_why_gvisor_did_not_start():
    need_gvisor()
    with Server(backend="gvisor", pool=0,
                wrapper=["prlimit", "--as=1800000000", "--"]) as server:
        session = server.run({"language": "python", "code": "pass"})
        assert session["outcome"] == "failed"
        assert "running container" in session["reason"]["message"], session


def test_a_runsc_that_ends_without_a_word_is_blamed():
    """As where memory is short: it dies before it opens its log (D8)."""
    source = """#include <stdio.h>
#include <string.h>
int main(int n, char **v)
{
    return n > 1 && !strcmp(v[1], "--version")
        ? puts("runsc version release-20991231.0") < 0 : 3;
}
"""
    with tempfile.TemporaryDirectory() as directory:
        program = Path(directory, "runsc")
        subprocess.run(["gcc", "-static", "-x", "c", "-o", program, "-"],
                       input=source, text=True, check=True)
        with Server(backend="gvisor", pool=0,
                    extra=["--runsc", str(program)]) as server:
            session = server.run({"language": "python", "code": "pass"})
    assert session["outcome"] == "failed", session
    assert "runsc left no reason" in session["reason"]["message"], session


def test_a_broken_environment_is_found():
    """What no setting shows: the sandbox itself doesn't come up (D7)."""
    with tempfile.TemporaryDirectory() as directory:
        store = Path(directory) / "store"
        store.mkdir(mode=0o755)
        name = "sha256-" + 64 * "0"
        tree = store / name / "rootfs"
        for place in ("dev", "proc", "sys", "tmp", "var/tmp", "work",
                      "workload", "usr/lib/enclave"):
            (tree / place).mkdir(parents=True)
        (store / "default").symlink_to(name)
        code, rows = doctor(environment={"ENCLAVE_ENVIRONMENTS": str(store)})
        assert code == 69, rows
        assert rows["environments"]["state"] == "ok", rows
        assert rows["session on native"]["state"] == "missing", rows
        assert "enclave-init" in rows["session on native"]["detail"], rows


def test_root_without_a_capability():
    """A container's default rights: each is named, and nothing aborts (D9)."""
    for cap, rows_too in (("sys_admin", {"namespaces", "network"}),
                          ("net_admin", {"network"}), ("mknod", set()),
                          ("setuid", set()), ("sys_chroot", set())):
        code, rows = doctor("setpriv", "--bounding-set", f"-{cap}",
                            "--inh-caps", f"-{cap}")
        assert code == 69, (cap, rows)
        assert f"CAP_{cap.upper()}" in rows["capabilities"]["detail"], rows
        assert rows_too <= missing(rows), (cap, rows)
        assert "session on native" in missing(rows), (cap, rows)


def test_the_defaults_of_docker():
    caps = ("chown,dac_override,fowner,fsetid,kill,setgid,setuid,setpcap,"
            "net_bind_service,net_raw,sys_chroot,mknod,audit_write,setfcap")
    kept = ",".join(["-all", *(f"+{cap}" for cap in caps.split(","))])
    code, rows = doctor("setpriv", "--bounding-set", kept, "--inh-caps", "-all")
    assert code == 69, rows
    assert "CAP_NET_ADMIN CAP_SYS_PTRACE CAP_SYS_ADMIN" in \
        rows["capabilities"]["detail"], rows


def copied_programs():
    """The programs where anybody may look."""
    place = Path(tempfile.mkdtemp(prefix="enclave-bin-"))
    place.chmod(0o755)
    for program in BIN.iterdir():
        shutil.copy2(program, place / program.name)
    return place


def ask_as_nobody(program, url=None):
    env = {k: v for k, v in ENV.items() if k != "ENCLAVE_BASE_URL"}
    if url:
        env["ENCLAVE_BASE_URL"] = url
    done = subprocess.run(
        ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups",
         str(program), "doctor", "--json"], env=env, cwd="/",
        capture_output=True, timeout=60)
    assert done.returncode in (0, 69), done
    return done.returncode, {row["feature"]: row
                             for row in json.loads(done.stdout)}


def test_anybody_asks_the_server():
    """Not root: what can't be tried says so, and the server's word counts."""
    place = copied_programs()
    try:
        code, rows = ask_as_nobody(place / "enclave", "http://127.0.0.1:1")
        assert code == 69 and "server" in missing(rows), rows
        for feature in ("cgroups", "network", "session on native"):
            assert rows[feature]["state"] == "unknown", rows
            assert "root" in rows[feature]["remedy"], rows
        with Server(listen="127.0.0.1:18099", pool=0):
            code, rows = ask_as_nobody(place / "enclave",
                                       "http://127.0.0.1:18099")
            assert code == 0 and not missing(rows), rows
            assert "takes sessions" in rows["server"]["detail"], rows
    finally:
        shutil.rmtree(place)


def test_root_of_a_user_namespace():
    code, rows = doctor("unshare", "--user", "--map-root-user")
    assert code == 69 and "network" in missing(rows), rows


def test_settings_of_a_namespace():
    """user.max_user_namespaces of its own: none, and the row says it (D8)."""
    code, rows = doctor(*in_namespace(
        "echo 0 >/proc/sys/user/max_user_namespaces",
        "--user", "--map-root-user"))
    row = rows["user.max_user_namespaces"]
    assert code == 69 and row["state"] == "missing", rows
    assert row["detail"].startswith("0: ") and "sysctl" in row["remedy"], row
    assert "namespaces" in missing(rows), rows


def test_containers_that_lack_something():
    """Masks, mounts and disks as containers have them: named, never a crash."""
    with tempfile.TemporaryDirectory() as empty:
        for script, feature, word in (
                ("umount -l /proc", "cgroups", "/proc/self"),
                ("umount -l /sys", "cgroups", "mounted nowhere"),
                (f"mount --bind {empty} /sys/fs/cgroup", "cgroups", ""),
                ("for m in $(grep -o '/sys/fs/cgroup[^ ]*' /proc/self/mounts)"
                 "; do mount -o remount,bind,ro $m; done", "cgroups",
                 "Read-only"),
                (f"mount -t tmpfs -o size=16k none {empty} && "
                 f"export TMPDIR={empty} XDG_RUNTIME_DIR={empty} && "
                 "mount --bind $TMPDIR /tmp && "
                 "head -c 64k /dev/zero >/tmp/full 2>/dev/null || true",
                 "session on native", "")):
            code, rows = doctor(*in_namespace(script))
            assert code == 69, (script, rows)
            assert feature in missing(rows), (script, rows)
            assert word in rows[feature]["detail"], (script, rows[feature])


def test_a_state_directory():
    """Full, read-only or held by a server: rows, and sessions of its own."""
    with tempfile.TemporaryDirectory() as place:
        mount = f"mount -t tmpfs -o size=1m,mode=755 none {place} && "
        bind = f"mkdir -p /var/lib/enclave && mount --bind {place} " \
            "/var/lib/enclave"
        code, rows = doctor(*in_namespace(mount + bind))
        assert code == 69 and "state" in missing(rows), rows
        assert "MiB free" in rows["state"]["detail"], rows
        code, rows = doctor(*in_namespace(
            bind + " && mount -o remount,bind,ro /var/lib/enclave"))
        assert code == 69 and "Read-only" in rows["state"]["detail"], rows
    with Server(pool=0) as server:
        code, rows = doctor(environment={
            "ENCLAVE_BASE_URL": f"unix:{server.socket}"})
        assert code == 0 and "takes" in rows["server"]["detail"], rows


def test_a_server_that_takes_no_sessions():
    """The reason of its /readyz, and what to do, not a bare status."""
    with Server(pool=0) as server:
        session = draining(server, 60)
        reason = server.request("GET", "/readyz").json["reason"]
        usual = "unix:/run/enclave/enclave.sock"
        place = Path("/run/enclave")
        for wrapper, url, environment in (
                ((), f"unix:{server.socket}", None),
                # At the usual place nothing names it.
                (in_namespace(f"mkdir -p {place} && mount --bind "
                              f"{server.state} {place} && ln -s s "
                              f"{place}/enclave.sock"), usual, {})):
            program = [*wrapper, str(BIN / "enclave"), "doctor", "--json"]
            done = subprocess.run(
                program, stdin=subprocess.DEVNULL, capture_output=True,
                env={**ENV, **({"ENCLAVE_BASE_URL": url} if environment is None
                               else environment)}, timeout=120)
            rows = {row["feature"]: row for row in json.loads(done.stdout)}
            assert done.returncode == 69, done
            row = rows["server"]
            assert (row["state"], row["required"]) == ("missing", True), row
            assert row["detail"] == f"{url} takes no sessions: {reason}", row
            assert "journalctl" in row["remedy"], row
        server.request("DELETE", f"/v1/sessions/{session['id']}")
        assert server.process.wait(30) == 0
        server.process = None


def test_a_server_that_is_none():
    """Somebody else's port: an answer within seconds, whatever it says."""
    import socket
    import threading
    listener = socket.create_server(("127.0.0.1", 0))

    def hang():
        try:
            while True:
                peers.append(listener.accept()[0])
        except OSError:
            pass
    peers = []
    threading.Thread(target=hang, daemon=True).start()
    port = listener.getsockname()[1]
    code, rows = doctor(environment={
        "ENCLAVE_BASE_URL": f"http://127.0.0.1:{port}"})
    listener.close()
    assert code == 69 and missing(rows) == {"server"}, rows


def test_nothing_is_left():
    with tempfile.TemporaryDirectory() as folder:
        doctor(environment={"XDG_RUNTIME_DIR": folder})
        assert not os.listdir(folder), "a private server"
    assert not dead_checks(), dead_checks()
    assert TOP.exists()
