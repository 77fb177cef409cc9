# id: NT-12.forged-source   class: EXFIL   backends: native gvisor   limits: wallClockSeconds=30
# expect-phase: succeeded   expect-stdout: ^done$   expect-not: HELD
# expect-sum: egress_denied tried
# A source that isn't its own (IPV6_FREEBIND is for everybody): whatever the
# kernel lets go is counted with its destination, and no answer comes.
import errno, select, socket
tried, open_sockets = 0, []
for source in ("fd6e:636c:6176::1", "fd6e:636c:6176::9", "2001:db8::9", "fe80::1", "::ffff:203.0.113.9"):
    for kind, port in ((socket.SOCK_DGRAM, 53), (socket.SOCK_DGRAM, 123), (socket.SOCK_STREAM, 80)):
        s = socket.socket(socket.AF_INET6, kind)
        s.setblocking(False)
        try:
            s.setsockopt(socket.IPPROTO_IPV6, 78, 1)
            s.setsockopt(socket.IPPROTO_IP, 15, 1)
        except OSError:
            pass
        try:
            s.bind((source, 0))
            if kind == socket.SOCK_DGRAM:
                s.sendto(b"x", ("2001:4860:4860::8888", port))
                tried += 1
            else:
                s.connect(("2001:4860:4860::8888", port))
        except BlockingIOError:
            tried += 1
        except OSError:
            continue
        open_sockets.append(s)
# Two seconds: TCP sends its SYN again, which is the same attempt.
for s in select.select(open_sockets, [], [], 2.5)[0]:
    try:
        print("HELD", s.getsockname(), s.recv(100))
    except OSError:
        pass
print("tried", tried)
print("done")
