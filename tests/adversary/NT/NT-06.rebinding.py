# id: NT-06.rebinding   class: EXFIL   backends: native gvisor   limits: wallClockSeconds=30
# expect-phase: succeeded   expect-stdout: ^done$   expect-not: HELD
# A name has one address for as long as the session lives, whatever it spells,
# and that address leads to the gate: there is nothing to rebind.
import socket
NAMES = ("rebind.example.com", "127.0.0.1.nip.io", "169.254.169.254.nip.io", "metadata.google.internal", "7f000001.a9fea9fe.rbndr.us",
         "www.example.com", "localhost.example.com", "xn--bcher-kva.example", "a.b.c.d.e.f.g.example", "kubernetes.default.svc")
first = {}
for _ in range(20):
    for name in NAMES:
        for spelled in (name, name.upper(), name + "."):
            found = {i[4][0] for i in socket.getaddrinfo(spelled, 80, 0, socket.SOCK_STREAM)}
            if len(found) != 1 or first.setdefault(name, found) != found:
                print("HELD", spelled, found, first[name])
addresses = [next(iter(f)) for f in first.values()]
if len(set(addresses)) != len(NAMES) or not all(a.startswith("198.18.") for a in addresses):
    print("HELD", addresses)
for name in NAMES:
    with socket.create_connection((name, 80), 3) as s:
        s.sendall(b"GET / HTTP/1.1\r\nHost: good.example\r\n\r\n")
        reply = s.recv(4096)
        if not reply.startswith(b"HTTP/1.1 403 ") or f"{name}:80 is denied".encode() not in s.recv(4096) + reply:
            print("HELD", name, reply)
print("done")
