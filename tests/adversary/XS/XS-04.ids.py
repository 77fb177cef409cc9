# id: XS-04.ids   class: LATERAL   backends: native   kind: client
# parity: host-ids
# Whoever lives at a time, waiting ones too: init, program and gate of each have
# an id of the host of their own, no group, and namespaces of their own. Inside
# gVisor there is no process of the host to compare.
import os, re
from enclave_client import Client, server_processes
from session_pair import begin, wait_step

client = Client()
CODE = "import time\nreached(1)\ntime.sleep(30)"
sessions = [begin(client, CODE) for _ in range(4)]
for session in sessions:
    wait_step(client, session, 1)
FIRST = 0x60000000
KINDS = ("net", "pid", "ipc", "uts", "mnt", "cgroup", "user", "time")
cells, gates = {}, []  # pid namespace -> {uids}, {kind: namespaces}
host = os.readlink("/proc/self/ns/pid")
for pid in server_processes():
    try:
        status = open(f"/proc/{pid}/status").read()
        if status.startswith(("Name:\tenclave-api\n", "Name:\tenclave-vault\n")):
            continue
        uids = set(map(int, re.search(r"^Uid:\s+(.*)", status, re.M).group(1).split()))
        gids = set(map(int, re.search(r"^Gid:\s+(.*)", status, re.M).group(1).split()))
        groups = re.search(r"^Groups:(.*)", status, re.M).group(1).split()
        # On 6.1 an exec doesn't enter the new time namespace: init, whose files
        # in /proc nobody can open, is in the host's, and its children aren't.
        spaces = {kind: os.readlink(f"/proc/{pid}/ns/{kind}") for kind in KINDS
                  if kind != "time" or "Name:\tenclave-init\n" not in status}
    except (FileNotFoundError, PermissionError, ProcessLookupError):
        continue
    if min(uids) < FIRST:
        continue
    assert len(uids) == 1 and gids == uids and not groups, (pid, uids, gids, groups)
    if spaces["pid"] == host:
        gates.append(uids.pop())
        continue
    cell = cells.setdefault(spaces["pid"], (set(), {}))
    cell[0].update(uids)
    for kind, name in spaces.items():
        cell[1].setdefault(kind, set()).add(name)
for session in sessions:
    client.request("DELETE", f"/v1/sessions/{session}")
for session in sessions:
    client.end(session)
running = [cell for cell in cells.values() if len(cell[0]) == 2]
assert len(running) >= 4 and len(gates) >= 4, (cells, gates)
everybody = gates + [uid for cell in cells.values() for uid in cell[0]]
assert len(everybody) == len(set(everybody)), everybody
for kind in KINDS:
    own = [cell[1][kind] for cell in cells.values() if kind in cell[1]]
    assert len(own) >= 4, (kind, cells)
    assert all(len(names) == 1 for names in own), (kind, own)
    names = set().union(*own)
    assert len(names) == len(own) and os.readlink(f"/proc/self/ns/{kind}") not in names, (kind, own)
