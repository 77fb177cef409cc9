"""What one server has on the host, for comparisons of before and after.

Only what carries a label of that server counts, so servers of other tests, and
whatever else the machine does meanwhile, don't show. The labels are

    its process       what descends from it
    its mark          the name in its state directory; its cgroups have it
    its ids           65536 uids, locked by one server at a time
    its directory     in mounts, and in the arguments of its programs
    its store         in mounts
    names of ours     link, hardware addresses and nftables table, which are
                      the same in all servers, and never in the host's network

A network namespace has no label: one is of the server if a process of the
server is in it or holds it, or if it is mounted where the server's mounts are.
"""

import ctypes
import os
import re
import socket
import struct
import time
from collections import Counter
from pathlib import Path

from enclave_test import descendants, stat_of

CGROUPS = Path("/sys/fs/cgroup")
FIRST_UID, UID_BLOCK = 0x60000000, 65536  # src/sandbox/slots.h
TABLE = "enclave"                         # src/os/net_internal.h
LINK, MACS = "gate0", ("02:00:00:00:00:01", "02:00:00:00:00:02")
SHARED_FOLDERS = ("/dev/shm", "/dev/mqueue", "/tmp", "/var/tmp")

# Of a waiting gVisor sandbox, the stubs that its guest runs in (`exe`) come and
# go by themselves, and what they, the sandbox and the interpreters hold open
# with them. What is left of one shows as `runsc`, gate, cgroup and namespace.
UNCOUNTED = ("exe",)
UNSETTLED = ("exe", "runsc", "enclave-init", "python", "node")


def read_text(path):
    """Empty for what is not there, or went away meanwhile."""
    try:
        return Path(path).read_text(errors="replace")
    except OSError:
        return ""


def read_link(path):
    try:
        return os.readlink(path)
    except OSError:
        return ""


def uid_of(path):
    """None for what went away meanwhile."""
    try:
        return os.lstat(path).st_uid
    except OSError:
        return None


def block_of(uid):
    """The first of the ids that a server has, by one of them, or None."""
    if uid is None or uid < FIRST_UID:
        return None
    return uid - (uid - FIRST_UID) % UID_BLOCK


def instance_dirs(mark):
    """A server's own cgroups, in every hierarchy; a pattern may be given."""
    return sorted((*CGROUPS.glob(f"enclave/{mark}"),
                   *CGROUPS.glob(f"*/enclave/{mark}")))


def dead_checks():
    """Cgroups of a check of the machine whose process is gone."""
    return [path for path in instance_dirs("check-*")
            if stat_of(path.name.removeprefix("check-")) is None and
            path.exists()]


class Labels:
    """By which things are known to be of one server, as it is now."""

    def __init__(self, server):
        self.state = str(server.state)
        self.store = str(Path(server.store).resolve())
        self.mark = read_text(server.state / "instance").strip() or "unmarked"
        root = server.process and server.process.pid
        self.below = descendants(root) if root else {}
        blocks = {block_of(uid_of(f"/proc/{pid}")) for pid in self.below}
        self.block = next(iter(blocks - {None}), None)

    def has_uid(self, uid):
        return self.block is not None and block_of(uid) == self.block


def is_ours(labels, pid):
    """A process that has an id, a cgroup or the directory of the server."""
    if labels.has_uid(uid_of(f"/proc/{pid}")):
        return True
    if f"/{labels.mark}/" in read_text(f"/proc/{pid}/cgroup").replace(
            "\n", "/\n"):
        return True
    program = os.path.basename(read_link(f"/proc/{pid}/exe"))
    return (program.startswith(("enclave", "runsc")) and
            labels.state in read_text(f"/proc/{pid}/cmdline").split("\0"))


def strays(labels):
    """{pid: name} of processes that are the server's, but not below it."""
    found = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit() and int(entry) not in labels.below and \
                is_ours(labels, entry):
            stat = stat_of(entry)
            if stat and stat[1] != "Z":
                found[int(entry)] = stat[0]
    return found


def descriptors_of(pid):
    """What each descriptor of a process is."""
    try:
        return [read_link(f"/proc/{pid}/fd/{fd}")
                for fd in os.listdir(f"/proc/{pid}/fd")]
    except OSError:
        return []


def mounts(labels):
    """(place, file system, root) of mounts that the host sees."""
    found = []
    for line in read_text("/proc/self/mountinfo").splitlines():
        fields = line.split()
        _, _, _, root, place, *_ = fields
        kind, source, options = fields[fields.index("-") + 1:][:3]
        text = " ".join((root, place, source, options))
        ids = [int(n) for n in re.findall(r"\b[ug]id=(\d+)", options)]
        if (any(label in text for label in
                (labels.state, labels.store, labels.mark)) or
                any(map(labels.has_uid, ids))):
            found.append((place, kind, root))
    return sorted(found)


def links():
    """Network links of ours in the host's own namespace."""
    found = []
    for name in os.listdir("/sys/class/net"):
        address = read_text(f"/sys/class/net/{name}/address").strip()
        if name == LINK or address in MACS:
            found.append(name)
    return sorted(found)


def tables():
    """nftables tables of ours in the host's own network namespace."""
    get_table = 10 << 8 | 1  # NFNL_SUBSYS_NFTABLES, NFT_MSG_GETTABLE
    dump = 0x301             # NLM_F_REQUEST | NLM_F_DUMP
    found, done = 0, False
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12) as nft:
        nft.settimeout(5)
        nft.send(struct.pack("=IHHIIBBH", 20, get_table, dump, 1, 0, 0, 0, 0))
        while not done:
            data = nft.recv(1 << 16)
            while len(data) >= 16:
                length, kind = struct.unpack_from("=IH", data)
                done = done or kind in (2, 3)  # NLMSG_ERROR, NLMSG_DONE
                found += attribute(data[20:length], 1) == TABLE
                data = data[(length + 3) & ~3:]
    return found


def attribute(data, wanted):
    """A netlink attribute as text, or None."""
    while len(data) >= 4:
        length, kind = struct.unpack_from("=HH", data)
        if kind & 0x3fff == wanted:
            return data[4:length].split(b"\0")[0].decode(errors="replace")
        data = data[max(4, (length + 3) & ~3):]
    return None


def bpf(command, attributes):
    """bpf(2): a number, negative if it failed; attributes are changed."""
    libc = ctypes.CDLL(None, use_errno=True)
    return libc.syscall(321, command, attributes, len(attributes))


def bpf_programs(labels):
    """BPF programs that an id of the server loaded."""
    found, last = 0, 0
    while labels.block is not None:
        request = ctypes.create_string_buffer(struct.pack("=III", last, 0, 0),
                                              12)
        if bpf(11, request) != 0:  # BPF_PROG_GET_NEXT_ID
            break
        last = struct.unpack_from("=I", request, 4)[0]
        fd = bpf(13, ctypes.create_string_buffer(  # BPF_PROG_GET_FD_BY_ID
            struct.pack("=III", last, 0, 0), 12))
        if fd < 0:
            continue
        info = ctypes.create_string_buffer(256)
        bpf(15, ctypes.create_string_buffer(  # BPF_OBJ_GET_INFO_BY_FD
            struct.pack("=IIQ", fd, 256, ctypes.addressof(info)), 16))
        os.close(fd)
        found += labels.has_uid(struct.unpack_from("=I", info, 48)[0])
    return found


def shared_files(labels):
    """Files in directories that everybody shares."""
    found = []
    for folder in SHARED_FOLDERS:
        try:
            names = os.listdir(folder)
        except OSError:
            continue
        found += [f"{folder}/{name}" for name in names if
                  labels.mark in name or
                  labels.has_uid(uid_of(f"{folder}/{name}"))]
    return sorted(found)


def ipc_objects(labels):
    """System V segments, semaphores and queues of the host's namespace."""
    found = []
    for kind in ("shm", "sem", "msg"):
        head, *rows = read_text(f"/proc/sysvipc/{kind}").splitlines() or [""]
        for row in rows:
            row = dict(zip(head.split(), map(int, row.split())))
            if labels.has_uid(row["cuid"]) or labels.has_uid(row["uid"]):
                found.append(f"{kind} {row[f'{kind}id']}")
    return sorted(found)


def files(server):
    """Below the state directory; environments that lie there aside."""
    found = []
    for at, below, names in os.walk(server.state):
        below[:] = [name for name in below
                    if Path(at, name).resolve() != Path(server.store).resolve()]
        found += below + [name for name in names
                          if not name.endswith(("-wal", "-shm"))]
    return sorted(found)


def cgroups(labels):
    # os.walk() passes over what goes away meanwhile. A sandbox's number
    # rotates, and groups below it are named alike: how many there are counts.
    return sorted(re.sub(r"/\d+(?=/|$)", "/N", os.path.join(at, name))
                  for base in instance_dirs(labels.mark)
                  for at, below, _ in os.walk(base) for name in below)


def host_state(server):
    """What sessions could leave behind: compare before and after."""
    labels = Labels(server)
    stray = strays(labels)
    held = {pid: descriptors_of(pid) for pid in (*labels.below, *stray)}
    mounted = mounts(labels)
    spaces = {read_link(f"/proc/{pid}/ns/net") for pid in held}
    spaces |= {fd for fds in held.values() for fd in fds
               if fd.startswith("net:")}
    spaces |= {root for _, kind, root in mounted if kind == "nsfs"}
    counts = {}
    for pid, name in labels.below.items():
        if not name.startswith(UNSETTLED):
            counts.setdefault(name, []).append(len(held[pid]))
    return {
        "processes": sorted(name for name in labels.below.values()
                            if name not in UNCOUNTED),
        "strays": sorted(f"{pid} {name}" for pid, name in stray.items()),
        "cgroups": cgroups(labels),
        "network namespaces": len(spaces - {""}),
        "mounts": [place for place, _, _ in mounted],
        "descriptors": {n: sorted(c) for n, c in counts.items()},
        "links": links(),
        "tables": tables(),
        "BPF programs": bpf_programs(labels),
        "shared files": shared_files(labels),
        "IPC objects": ipc_objects(labels),
        "files": files(server),
    }


def settled(look):
    """What two looks in a row agree on: a descriptor that the last sandbox
    needed while it was made may be open still."""
    state = look()
    for _ in range(50):
        time.sleep(0.1)
        former, state = state, look()
        if state == former:
            return state
    raise TimeoutError("the machine's state doesn't settle")


def differences(before, after):
    """What host_state() shows otherwise; of lists only what came and went."""
    found = []
    for key in before:
        if before[key] == after[key]:
            continue
        if isinstance(before[key], list):
            came = Counter(after[key]) - Counter(before[key])
            went = Counter(before[key]) - Counter(after[key])
            found.append(f"{key}: came {dict(came)}, went {dict(went)}")
        else:
            found.append(f"{key}: {before[key]} -> {after[key]}")
    return found
