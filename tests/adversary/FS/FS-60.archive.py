# id: FS-60.archive   class: LEAK
# expect-phase: succeeded   expect-json: {"opened": [], "made": []}
# expect-not: root:
# An archive as nobody should unpack it: links to the root, to init's and to
# themselves, files behind them, devices, set-uid. Nothing leads out, and what
# is made is the session's own.
import io
import os
import stat
import tarfile

room = io.BytesIO()
with tarfile.open(fileobj=room, mode="w") as archive:
    for name, target in (("root", "/"), ("up", "../../../../../proc/1/root"), ("self", "self"), ("one", "other"), ("other", "one"),
                         ("cwd", "/proc/1/cwd"), ("hard", "/etc/shadow")):
        entry = tarfile.TarInfo(name)
        entry.type, entry.linkname = tarfile.LNKTYPE if name == "hard" else tarfile.SYMTYPE, target
        archive.addfile(entry)
    for name in ("root/etc/planted", "up/tmp/planted", "cwd/planted", "setuid"):
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode = 1, 0o6755
        archive.addfile(entry, io.BytesIO(b"x"))
    for name, kind in (("memory", tarfile.CHRTYPE), ("disk", tarfile.BLKTYPE)):
        entry = tarfile.TarInfo(name)
        entry.type, entry.devmajor, entry.devminor = kind, 1 if kind == tarfile.CHRTYPE else 8, 1
        archive.addfile(entry)
os.mkdir("/work/tree")
room.seek(0)
with tarfile.open(fileobj=room) as archive:
    for entry in archive:
        try:
            archive.extract(entry, "/work/tree")
        except (OSError, KeyError, tarfile.TarError):
            pass
opened = []
for path in ("root/etc/shadow", "up/etc/hostname", "up/proc/1/environ", "self/x", "one", "cwd/x", "hard", "memory", "disk"):
    try:
        with open("/work/tree/" + path, "rb") as file:
            opened.append(path if file.read(1) else None)
    except OSError:
        pass
made = [path for path in ("/etc/planted", "/proc/1/root/tmp/planted", "/proc/1/cwd/planted") if os.path.exists(path)]
made += [name for name in os.listdir("/work/tree") if stat.S_ISCHR(mode := os.lstat("/work/tree/" + name).st_mode) or stat.S_ISBLK(mode)]
enclave.result({"opened": [path for path in opened if path], "made": made})
