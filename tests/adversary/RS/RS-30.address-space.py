# id: RS-30.address-space   class: COMPAT
# expect-phase: succeeded   expect-exit: 0
# expect-json: {"reserved": "ENOMEM", "asked": ["MemoryError", "MemoryError", "MemoryError"], "raised": false}
# More memory than any session has fails in the program, which goes on. It is
# granted elsewhere, and the session killed once it is touched.
import errno
import mmap
import resource

MAP_NORESERVE = 0x4000


def asked(size):
    try:
        return len(bytearray(size))
    except MemoryError:
        return "MemoryError"


try:
    mmap.mmap(-1, 64 << 30, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | MAP_NORESERVE)
    reserved = "granted"
except OSError as error:
    reserved = errno.errorcode[error.errno]
try:
    resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    raised = True
except (ValueError, OSError):
    raised = False
enclave.result({"reserved": reserved, "asked": [asked(1 << 36), asked(1 << 46), asked(1 << 62)], "raised": raised})
