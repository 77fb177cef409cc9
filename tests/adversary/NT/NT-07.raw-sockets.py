# id: NT-07.raw-sockets   class: EXFIL
# expect-phase: succeeded   expect-json: {"made": [], "raw": ["ENOSYS", "ENOSYS", "ENOSYS"]}
# expect-not-audit: syscall_denied
# Kinds of sockets that a sandbox doesn't have. Asking for one is no event, on
# either backend: the call doesn't exist.
import errno, socket
made = []
raw = []
for family, kind in ((socket.AF_INET, socket.SOCK_RAW), (socket.AF_INET6, socket.SOCK_RAW),
                     (socket.AF_PACKET, socket.SOCK_RAW)):
    try:
        socket.socket(family, kind)
    except OSError as error:
        raw.append(errno.errorcode[error.errno])
for family, kind, protocol in ((socket.AF_INET, socket.SOCK_RAW, 1), (socket.AF_INET, socket.SOCK_RAW, 255),
                               (socket.AF_PACKET, socket.SOCK_RAW, 3), (socket.AF_INET, socket.SOCK_DGRAM, 1),
                               (socket.AF_INET6, socket.SOCK_DGRAM, 58), (socket.AF_INET, socket.SOCK_STREAM, 132),
                               (socket.AF_INET, socket.SOCK_STREAM, 262), (socket.AF_INET, socket.SOCK_DGRAM, 136)):
    try:
        socket.socket(family, kind, protocol)
        made.append([int(family), int(kind), protocol])
    except OSError:
        pass
enclave.result({"made": made, "raw": raw})
