# id: NT-65.many-flows   class: HOSTDOS   expect-phase: succeeded   expect-audit: flows_limited
# Three hundred connections that say nothing: the gate keeps 256 open, resets
# the others at once, and says so.
import socket

made = []
for i in range(300):
    s = socket.socket()
    s.setblocking(False)
    s.connect_ex(("192.0.2.1", 80))
    made.append(s)
for s in made:
    s.setblocking(True)
    s.settimeout(20)
    try:
        s.recv(1)
    except OSError:
        pass
