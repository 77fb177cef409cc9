# id: FS-61.sizes   class: HOSTDOS   limits: diskMb=16
# expect-phase: succeeded   expect-json: {"unpack": "full", "allocate": "full", "written": true, "errors": []}
# What says little and is large: an archive that grows a thousandfold, a file of
# a terabyte with a byte at its end, eight gigabytes at once, thousands of names
# for one file. No more than there is room for is written, and a full disk is
# an error to the program.
import errno
import os
import zlib

FULL = (errno.ENOSPC, errno.EFBIG)
written, errors = 0, []


def attempt(act, others=()):
    try:
        act()
        return "done"
    except OSError as error:
        if error.errno in FULL:
            return "full"
        if error.errno not in others:
            errors.append([act.__name__, errno.errorcode[error.errno]])
        return "refused"


def unpack():
    global written
    packer = zlib.compressobj(1)
    packed = b"".join([packer.compress(bytes(1 << 20)) for _ in range(64)]) + packer.flush()
    unpacker = zlib.decompressobj()
    with open("/work/large", "wb", buffering=0) as file:
        while packed:
            written += file.write(unpacker.decompress(packed, 1 << 20))
            packed = unpacker.unconsumed_tail


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


found = {"unpack": attempt(unpack)}
os.unlink("/work/large")
attempt(terabyte)
os.unlink("/work/sparse")
found["allocate"] = attempt(allocate, (errno.EOPNOTSUPP,))
attempt(link, (errno.EMLINK, errno.EPERM))
enclave.result({**found, "written": 1 << 20 < written <= 16 << 20, "errors": errors})
