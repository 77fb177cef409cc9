# id: FS-61.sizes   class: HOSTDOS   limits: diskMb=16 memoryMb=96
# expect-phase: succeeded   expect-json: {"bounded": true, "errors": []}
# What says little and is large: an archive that grows a thousandfold, a file of
# a terabyte with a byte at its end, eight gigabytes at once, thousands of names
# for one file. No more than there is room for is written, and a full disk is
# an error to the program.
import errno
import gzip
import os

FULL = (errno.ENOSPC, errno.EFBIG, errno.EOPNOTSUPP, errno.EMLINK, errno.EPERM)
errors = []


def attempt(act):
    try:
        act()
    except OSError as error:
        if error.errno not in FULL:
            errors.append([act.__name__, error.errno])


def unpack():
    raw = gzip.compress(b"\0" * (64 << 20), 1)
    with gzip.open(__import__("io").BytesIO(raw)) as packed, open("/work/large", "wb", buffering=0) as file:
        while part := packed.read(1 << 20):
            file.write(part)


def terabyte():
    fd = os.open("/work/sparse", os.O_CREAT | os.O_RDWR)
    os.truncate(fd, 1 << 40)
    os.pwrite(fd, b"x", (1 << 40) - 1)


def allocate():
    os.posix_fallocate(os.open("/work/allocated", os.O_CREAT | os.O_RDWR), 0, 8 << 30)


def link():
    open("/work/one", "w").close()
    for i in range(5000):
        os.link("/work/one", f"/work/l{i}")


used = []
for act in (unpack, terabyte, allocate, link):
    attempt(act)
    used.append(sum(os.lstat(e).st_blocks * 512 for e in os.scandir("/work")
                    if not e.name.startswith("l") or e.name == "large"))
    for name in ("large", "sparse", "allocated"):
        if os.path.exists("/work/" + name):
            os.unlink("/work/" + name)
enclave.result({"bounded": max(used) <= 17 << 20, "errors": errors})
