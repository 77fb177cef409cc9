# id: FS-17.hostile-environment   class: ESC   kind: client
# parity: mount-points
# Environments whose mount points are links out, whose files are devices or
# whose init is something else: a session in one ends before it begins, or is
# as shut in as any other; what the links point at stays as it was, and so do
# the environments.
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from enclave_test import BIN, Server

PROGRAM = r"""
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
int main(void)
{
	static const char *names[] = { "/dev/null", "/work/in", "/tmp/in", "/workload/in", "/etc/in",
				       "/dev/shm/in", "/var/tmp/in", "/proc/self/comm", "/dev/pts/0", "/sys/in" };
	for (int i = 0; i < 10; i++) {
		int fd = open(names[i], O_WRONLY | O_CREAT, 0600);
		if (fd >= 0) write(fd, "in", 2);
	}
	puts("it ran");
}
"""
PLACES = ["dev", "proc", "tmp", "var/tmp", "work", "workload", "etc",
          "usr/lib/enclave"]


def plain(root):
    for place in PLACES:
        (root / place).mkdir(parents=True, mode=0o755)
    shutil.copy(BIN / "enclave-init", root / "usr/lib/enclave/enclave-init")


def link(place, target):
    def change(root):
        shutil.rmtree(root / place)
        (root / place).symlink_to(target)
    return change


def instead(place, text=None):
    def change(root):
        shutil.rmtree(root / place)
        if text is not None:
            (root / place).write_text(text)
    return change


def wrong_init(text):
    def change(root):
        path = root / "usr/lib/enclave/enclave-init"
        path.unlink()
        if isinstance(text, str) and text.startswith("/"):
            path.symlink_to(text)
        else:
            path.write_bytes(text.encode())
            path.chmod(0o755)
    return change


def devices(root):
    for name, kind in (("null", 0o020666), ("kmsg", 0o020666), ("zero", 0o010666)):
        os.mknod(root / "dev" / name, kind, os.makedev(1, 11))
    (root / "etc/passwd").symlink_to("/proc/1/root/etc/shadow")
    (root / "dev/pts").mkdir()
    (root / "dev/pts/0").symlink_to("/proc/sysrq-trigger")


def variants(victim):
    yield "plain", lambda root: None
    for place in ("dev", "proc", "tmp", "var/tmp", "work", "workload"):
        name = place.replace("/", "-")
        yield f"link-{name}", link(place, victim)
        yield f"up-{name}", link(place, "../" * 12 + str(victim)[1:])
        yield f"magic-{name}", link(place, "/proc/self/root" + str(victim))
        yield f"file-{name}", instead(place, "x")
        yield f"none-{name}", instead(place)
    yield "link-var", link("var", victim)
    yield "link-enclave", link("usr/lib/enclave", victim)
    yield "link-usr", link("usr", victim)
    yield "devices", devices
    yield "init-link", wrong_init("/bin/sh")
    yield "init-script", wrong_init("#!/bin/sh\ntouch /in\n")
    yield "init-garbage", wrong_init("\x7fELF garbage")
    yield "init-empty", wrong_init("")


def tree(top):
    """All that there is below it, and what shows that it was written to."""
    found = {}
    for root, directories, files in os.walk(top):
        for name in [".", *directories, *files]:
            status = os.lstat(os.path.join(root, name))
            found[os.path.join(root, name)] = (
                status.st_mode, status.st_uid, status.st_size,
                status.st_mtime_ns, status.st_ctime_ns)
    return found


with tempfile.TemporaryDirectory() as place:
    os.chmod(place, 0o755)
    store, victim = Path(place) / "store", Path(place) / "victim"
    victim.mkdir()
    (victim / "kept").write_text("kept")
    before = (sorted(os.listdir(victim)), victim.stat().st_mode,
              victim.stat().st_uid, victim.stat().st_mtime_ns)
    store.mkdir(mode=0o755)
    ran = {}
    source = Path(place) / "case.c"
    source.write_text(PROGRAM)
    subprocess.run(["gcc", "-O1", "-static", "-w", "-o", Path(place) / "case",
                    source], check=True)
    import base64
    case = base64.b64encode((Path(place) / "case").read_bytes()).decode()
    names = []
    for name, change in variants(victim):
        digest = hashlib.sha256(name.encode()).hexdigest()
        root = store / f"sha256-{digest}" / "rootfs"
        root.mkdir(parents=True, mode=0o755)
        plain(root)
        change(root)
        (root.parent / "manifest.json").write_text(json.dumps(
            {"name": name, "digest": f"sha256:{digest}", "packages": {}}))
        (store / name).symlink_to(f"sha256-{digest}")
        names.append(name)
    passwd = Path("/etc/passwd").read_bytes()
    # As many environments as a server takes, at a time.
    for first in range(0, len(names), 8):
        part = Path(place) / f"part{first}"
        part.mkdir(mode=0o755)
        for name in names[first:first + 8]:
            link_to = os.readlink(store / name)
            (store / link_to).rename(part / link_to)
            (part / name).symlink_to(link_to)
        environments = tree(part)
        with Server(store=part, pool=0) as server:
            for name in names[first:first + 8]:
                reply = server.request("POST", "/v1/sessions?wait=20s", {
                    "command": ["/work/case"], "environment": name,
                    "limits": {"wallClockSeconds": 5},
                    "files": [{"path": "case", "mode": "0755",
                               "contentBase64": case}]})
                if reply.status != 201:
                    ran[name] = f"refused: {reply.status}"
                    continue
                session = reply.json
                server.audit(session["id"])
                if session["outcome"] == "succeeded":
                    ran[name] = "contained"
                    assert "it ran" in session["result"]["stdout"], session
                else:
                    assert session["outcome"] == "failed", (name, session)
                    assert session["reason"]["code"] == "backend_error", (
                        name, session)
                    ran[name] = "refused"
            assert server.request("GET", "/v1/healthz").status == 200
        assert tree(part) == environments, (environments, tree(part))
    print(ran)
    assert ran["plain"] == "contained", ran
    # gVisor makes a place that is missing in memory of its own.
    none = ("contained" if os.environ["ENCLAVE_BACKEND"] == "gvisor"
            else "refused")
    for name in ran:
        if name.startswith(("link-", "up-", "magic-", "init-")):
            assert ran[name] == "refused", (name, ran)
        if name.startswith("none-"):
            assert ran[name] == none, (name, ran)
    after = (sorted(os.listdir(victim)), victim.stat().st_mode,
             victim.stat().st_uid, victim.stat().st_mtime_ns)
    assert before == after, (before, after)
    assert Path("/etc/passwd").read_bytes() == passwd
