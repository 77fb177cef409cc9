"""A program on any other machine: in a chroot of an environment, confined by
nothing. Its places, ids, variables and terminals are those of a session.
"""

import os
import subprocess

from pace import paced

VARIABLES = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/work",
             "LANG": "C.UTF-8", "USER": "enclave", "LOGNAME": "enclave",
             "ENCLAVE_SESSION_ID": "s-0000000000-0"}
# $1: the environment's tree. Then: variables, and the program's words.
CHROOT = r"""
root=$1; shift
# Without times of reading: sessions beside this one see the same files.
mount --bind "$root" "$root" 2>/dev/null &&
mount -o remount,bind,noatime "$root" || exit 99
mount -t proc proc "$root/proc" &&
mount -t tmpfs -o mode=755 tmpfs "$root/dev" &&
mount -t tmpfs -o mode=755,uid=1000,gid=1000 tmpfs "$root/work" &&
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp" &&
mount -t tmpfs -o mode=1777 tmpfs "$root/var/tmp" || exit 99
mkdir "$root/dev/shm" "$root/dev/pts" && chmod 1777 "$root/dev/shm" || exit 99
mount -t devpts -o newinstance,ptmxmode=666,mode=620 devpts "$root/dev/pts" &&
ln -s pts/ptmx "$root/dev/ptmx" || exit 99
for name in null zero full random urandom tty; do
	cp -a /dev/$name "$root/dev/"
done
ln -s /proc/self/fd "$root/dev/fd"
for pair in 0:stdin 1:stdout 2:stderr; do
	ln -s /proc/self/fd/${pair%:*} "$root/dev/${pair#*:}"
done
tar -C "$root/work" -xf "$FILES" --no-same-owner && chown -R 1000:1000 "$root/work"
hostname enclave; ip link set lo up
[ -z "$READ_ONLY" ] || mount -o remount,bind,ro,noatime "$root" || exit 99
exec 3>&2 2>/dev/null # where sh tells which signal ended the program
cat "$INPUT" | {
	cd /proc/self/fd && chown 1000:1000 0 1 3 &&
	exec setsid --wait chroot --userspec=1000:1000 --groups= "$root" \
		/usr/bin/env -i --default-signal -C /work "$@" 2>&3 3>&-
}
"""


def run(root, words, folder, stdin=b"", env=None, seconds=60,
        read_only=False):
    """Runs @words; what @folder/work has is in /work. A completed process.

    With @read_only the environment is mounted so, as in a session.
    """
    work = folder / "work"
    work.mkdir(parents=True, exist_ok=True)
    subprocess.run(["tar", "-C", work, "-cf", folder / "files", "."],
                   check=True)
    (folder / "input").write_bytes(stdin)
    done = subprocess.run(
        ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--net",
         "--ipc", "--uts", "sh", "-c", CHROOT, "sh", str(root),
         *[f"{name}={value}"
           for name, value in {**VARIABLES, **(env or {})}.items()], *words],
        env={**os.environ, "FILES": str(folder / "files"),
             "INPUT": str(folder / "input"),
             "READ_ONLY": "1" if read_only else ""},
        capture_output=True, timeout=paced(seconds), check=False)
    assert done.returncode != 99, done.stderr
    return done
