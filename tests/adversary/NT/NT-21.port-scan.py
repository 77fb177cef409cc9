# id: NT-21.port-scan   class: HOSTDOS   limits: wallClockSeconds=25
# expect-phase: succeeded   expect-json: {"answered": 0}   expect-audit: egress_denied host=192.0.2.1
import socket
answered = 0
for port in range(1, 2001):
    s = socket.socket()
    s.settimeout(2)
    try:
        s.connect(("192.0.2.1", port))
        if port not in (80, 443):
            answered += bool(s.recv(1))
    except OSError:
        pass
    s.close()
enclave.result({"answered": answered})
