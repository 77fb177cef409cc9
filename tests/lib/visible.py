"""The rows of docs/design/visible.md: what a program gets of what there is.

rows(backend) is {pattern: (word, reason)}; a pattern is a file below /proc or
/sys with its numbers named, `option LEVEL/NUMBER`, `ioctl NUMBER`, or a call.
"""

import re

from enclave_test import TOP

PAGE = TOP / "docs/design/visible.md"
WORDS = ("shown", "neutral", "masked", "not defended", "-")
BACKENDS = ("native", "gvisor")


def numbers(text):
    """"3" or "0x10-0x20" """
    first, _, last = text.partition("-")
    return range(int(first, 0), int(last or first, 0) + 1)


def patterns(name):
    option = re.fullmatch(r"(\d+)/([\d-]+)", name)
    if option:
        return [f"option {option[1]}/{n}" for n in numbers(option[2])]
    if name.startswith("SIOC "):
        return [f"ioctl {n:#x}" for n in numbers(name.removeprefix("SIOC "))]
    return [name]


def rows(backend):
    found = {}
    for line in PAGE.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        names = re.findall(r"`([^`]+)`", cells[0])
        if len(cells) != 4 or not names:
            continue
        word, _, reason = cells[1 + BACKENDS.index(backend)].partition(": ")
        assert word in WORDS, line
        assert (word == "not defended") == bool(reason), line
        for pattern in (p for name in names for p in patterns(name)):
            assert pattern not in found, f"two rows: {pattern}"
            found[pattern] = (word, reason)
    return found


def reasons():
    """Those of both backends."""
    return {reason for backend in BACKENDS
            for _, reason in rows(backend).values() if reason}


def pattern_of(name):
    """The name in a row of a file that a walk found."""
    name = re.sub(r"^/proc/(\d+|self|thread-self)/", "/proc/<pid>/", name)
    name = re.sub(r"/task/\d+/", "/", name)
    name = re.sub(r"/net/dev_snmp6/\w+$", "/net/dev_snmp6/<if>", name)
    name = re.sub(r"^(/proc/<pid>/fd(?:info)?)/\d+$", r"\1/<n>", name)
    return re.sub(r"/map_files/[0-9a-f]+-[0-9a-f]+$", "/map_files/<range>",
                  name)


# Runs inside. A line is a name, a tab, and `-` for nothing, or a digest.
WALKER = r"""
import fcntl, hashlib, os, socket

def say(name, value):
    digest = hashlib.sha256(value).hexdigest()[:16] if value else "-"
    print(name + "\t" + digest)

def read(path):
    if os.path.islink(path):
        return os.readlink(path).encode()
    fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        return os.read(fd, 1 << 16)
    finally:
        os.close(fd)

def look(path):
    try:
        value = read(path)
    except OSError:
        value = b""
    if any(secret in value for secret in SECRETS):
        print("SECRET in " + path)
    say(path, value)

def walk(top):
    for root, directories, files in os.walk(top):
        if root == "/proc":
            directories[:] = [d for d in directories
                              if not d.isdigit() or int(d) in (1, os.getpid())]
            for name in directories:
                if not os.path.islink("/proc/" + name) and not name.isdigit():
                    # of a directory: what lies in it
                    say(f"/proc/{name}/", str(os.listdir("/proc/" + name) or "").encode())
        if root.endswith("/task"):
            directories[:] = directories[:1]
        links = [d for d in directories if os.path.islink(os.path.join(root, d))]
        for name in files + links:
            look(os.path.join(root, name))

def sockets():
    a, b = socket.socketpair()
    yield a, b
    for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        listening = socket.socket(family)
        listening.bind((address, 0))
        listening.listen()
        client = socket.create_connection(listening.getsockname()[:2])
        yield client, listening.accept()
        yield listening, None
        datagrams = socket.socket(family, socket.SOCK_DGRAM)
        datagrams.bind((address, 0))
        yield datagrams, None
    try:
        yield socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0), None
    except OSError:
        pass

def options():
    for one, _ in sockets():
        for level in (*range(0, 18), 41, 58, 132, 136, *range(255, 290)):
            for option in range(128):
                try:
                    one.getsockopt(level, option, 64)
                except OSError:
                    continue
                say(f"option {level}/{option}", b"answered")

def ioctls():
    one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for request in range(0x8900, 0x8a00):
        for name in (b"eth0", b"lo", b""):
            # SIOCGIFCONF takes a size and a pointer: none
            wanted = bytearray(256)
            if request != 0x8912:
                wanted[:len(name)] = name
            try:
                fcntl.ioctl(one, request, wanted, True)
            except OSError:
                continue
            say(f"ioctl {request:#x}", b"answered")

def calls():
    import platform
    for path in ("/", "/proc", "/dev", "/work", "/tmp"):
        found = os.statvfs(path)
        say("statfs " + path, repr((found.f_blocks, found.f_bfree, found.f_bavail, found.f_files, found.f_ffree)).encode())
    with open("/proc/self/mountinfo") as mounts:
        say("options of mounts", repr([line.split(" - ")[1] for line in mounts]).encode())
    say("uname", repr(os.uname()).encode())
    say("sysinfo", str(os.sysconf("SC_PHYS_PAGES")).encode())
    say("inode of a pipe", str(os.fstat(os.pipe()[0]).st_ino).encode())
    say("device of /work", str(os.stat("/work").st_dev).encode())
    say("cpus", repr(sorted(os.sched_getaffinity(0))).encode())

calls()
walk("/proc")
say("/sys/", str(os.listdir("/sys") or "").encode())
walk("/sys")
options()
ioctls()
print("done")
"""
