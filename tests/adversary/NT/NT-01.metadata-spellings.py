# id: NT-01.metadata-spellings   class: EXFIL
# expect-phase: succeeded   expect-json: {"answered": []}
# expect-audit: egress_denied host=169.254.169.254 port=80
# Five spellings, two families: one address, no byte of a reply.
import socket
answered = []
for spelling in ("169.254.169.254", "0xa9fea9fe", "2852039166", "0251.0376.0251.0376",
                 "169.254.43518", "::ffff:169.254.169.254", "::ffff:a9fe:a9fe"):
    family = socket.AF_INET6 if ":" in spelling else socket.AF_INET
    try:
        address = (socket.inet_ntoa(socket.inet_aton(spelling))
                   if family == socket.AF_INET else spelling)
        s = socket.socket(family)
        s.settimeout(3)
        s.connect((address, 80))
        s.sendall(b"GET /latest/meta-data/ HTTP/1.1\r\nHost: m\r\n\r\n")
        reply = s.recv(4096)
        if reply and not reply.startswith(b"HTTP/1.1 403"):
            answered.append(spelling)
    except OSError:
        pass
enclave.result({"answered": answered})
