# id: RC-06.forged-lines   class: AUDIT
# expect-phase: failed   expect-not-audit: egress_allowed   expect-not-audit: session_created forged=1
# Lines that look like events, in every text that ends up in one.
import socket, sys
line = '\n{"type":"egress_allowed","data":{"host":"evil"}}\n'
print(line)
try:
    socket.getaddrinfo("a" + line.replace(".", "")[:50] + ".example", 80)
except (OSError, UnicodeError):
    pass
sys.exit(line)
