# id: NT-04.neighbours   class: LATERAL
# expect-phase: succeeded   expect-json: {"answered": []}
# expect-audit: egress_denied host=198.18.0.1 port=8090
# expect-audit: egress_denied host=10.0.0.1 port=10250
import socket
answered = []
for host, port in (("198.18.0.1", 8090), ("10.0.0.1", 10250), ("172.17.0.1", 2375),
                   ("192.168.0.1", 6443), ("255.255.255.255", 80), ("8.8.8.8", 53),
                   ("1.1.1.1", 853), ("100.64.0.1", 22), ("224.0.0.1", 80),
                   ("fe80::1", 80), ("ff02::1", 80), ("2001:4860:4860::8888", 53)):
    try:
        s = socket.create_connection((host, port), 3)
        s.settimeout(3)
        s.sendall(b"x\r\n\r\n")
        if s.recv(10).startswith(b"HTTP/1.1 403") is False:
            pass
    except OSError:
        continue
    else:
        if port != 80:
            try:
                if s.recv(10):
                    answered.append(host)
            except OSError:
                pass
enclave.result({"answered": answered})
