# id: SY-19.missing-layer   class: ESC   kind: client
# parity: layers
# Each layer of a sandbox, and each step to it, fails in turn: the server
# refuses to start, or the session ends before its first instruction. Nothing
# ever runs with a layer less.
import errno
import os
import subprocess
import tempfile
from pathlib import Path
from enclave_test import Server

HERE = Path(__file__).resolve().parent
# name: system call, its argument's index and value, the error
LAYERS = {
    "seccomp(GET_ACTION_AVAIL)": (317, 0, 2, errno.ENOSYS),
    "seccomp(SET_MODE_FILTER)": (317, 0, 1, errno.ENOSYS),
    "seccomp(SET_MODE_FILTER) for want of memory": (317, 0, 1, errno.ENOMEM),
    "landlock_create_ruleset": (444, -1, 0, errno.ENOSYS),
    "landlock_add_rule": (445, -1, 0, errno.EINVAL),
    "landlock_restrict_self": (446, -1, 0, errno.EPERM),
    "prctl(NO_NEW_PRIVS)": (157, 0, 38, errno.EINVAL),
    "prctl(CAPBSET_DROP)": (157, 0, 24, errno.EPERM),
    "capset": (126, -1, 0, errno.EPERM),
    "pivot_root": (155, -1, 0, errno.EPERM),
    "mount_setattr": (442, -1, 0, errno.ENOSYS),
    "move_mount": (429, -1, 0, errno.ENOSYS),
    "setns(network)": (308, 1, 0x40000000, errno.EPERM),
    "setgroups": (116, -1, 0, errno.EPERM),
    "setresuid": (117, -1, 0, errno.EPERM),
    "close_range": (436, -1, 0, errno.ENOSYS),
    "prlimit64": (302, -1, 0, errno.EPERM),
    "prctl(PDEATHSIG)": (157, 0, 1, errno.EPERM),
    "chroot": (161, -1, 0, errno.EPERM),
}
OWN = {
    "native": {
        "unshare(NEWUSER)": (272, 0, 0x10000000, errno.ENOSPC),
        "unshare(NEWCGROUP)": (272, 0, 0x02000000, errno.EPERM),
    },
    # What runsc does by itself, for its gofer and for its kernel: flags are
    # PIDFD, NEWNS, NEWUTS, NEWIPC, NEWUSER, NEWPID, for the gofer NEWNET too.
    "gvisor": {
        "clone(gofer)": (56, 0, 0x7c021011, errno.ENOSPC),
        "clone(kernel)": (56, 0, 0x3c021011, errno.ENOSPC),
        "setuid(nobody)": (105, 0, 65534, errno.EPERM),
        "mount": (165, -1, 0, errno.EPERM),
        "prctl(CAPBSET_DROP CAP_SYS_ADMIN)": (157, 1, 21, errno.EPERM),
    },
}


def outcome(wrapper):
    """What became of a session, or that no server came to be."""
    server = Server(wrapper=wrapper)
    try:
        try:
            server.start(seconds=10)
        except (RuntimeError, TimeoutError):
            return "no server"
        try:
            reply = server.request("POST", "/v1/sessions?wait=20s", {
                "language": "python", "code": "print('it ran')"})
        except OSError:
            return "no server"  # enclave-api couldn't confine itself
        if reply.status != 201:
            return f"refused: {reply.code}"
        session = reply.json
        events = [e["type"] for e in server.audit(session["id"])[1]]
        if "it ran" in (session["result"]["stdout"] or ""):
            return "it ran"
        assert session["outcome"] == "failed", session
        assert session["reason"]["code"] == "backend_error", session
        assert "sandbox_started" not in events, events
        return "backend_error"
    finally:
        server.stop()


with tempfile.TemporaryDirectory() as place:
    without = Path(place) / "without"
    subprocess.run(["gcc", "-O1", "-w", "-D_GNU_SOURCE", "-o", without,
                    HERE.parent / "lib/without.c"], check=True)
    # The control: a call that nobody makes (acct).
    told = outcome([without, "163", "-1", "0", "1"])
    assert told == "it ran", told
    layers = {**LAYERS, **OWN[os.environ["ENCLAVE_BACKEND"]]}
    for name, (number, argument, value, error) in layers.items():
        told = outcome([without, str(number), str(argument), str(value),
                        str(error)])
        print(name, "->", told)
        assert told in ("no server", "backend_error"), (name, told)
