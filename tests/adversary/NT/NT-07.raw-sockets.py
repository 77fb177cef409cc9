# id: NT-07.raw-sockets   class: EXFIL
# expect-phase: succeeded   expect-json: {"made": []}
import socket
made = []
for family, kind, protocol in ((socket.AF_INET, socket.SOCK_RAW, 1), (socket.AF_INET, socket.SOCK_RAW, 255),
                               (socket.AF_PACKET, socket.SOCK_RAW, 3), (socket.AF_INET, socket.SOCK_DGRAM, 1),
                               (socket.AF_INET6, socket.SOCK_DGRAM, 58), (socket.AF_INET, socket.SOCK_STREAM, 132),
                               (socket.AF_INET, socket.SOCK_STREAM, 262), (socket.AF_INET, socket.SOCK_DGRAM, 136)):
    try:
        socket.socket(family, kind, protocol)
        made.append([int(family), int(kind), protocol])
    except OSError:
        pass
enclave.result({"made": made})
