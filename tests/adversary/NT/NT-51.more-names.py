# id: NT-51.more-names   class: AUDIT   backends: native gvisor   limits: wallClockSeconds=60
# expect-phase: succeeded   expect-stdout: ^done$   expect-not: HELD
# expect-sum: egress_denied tried
# More names than the gate has addresses: the first ones keep theirs, further
# ones are refused, and no two share one.
import socket, struct
tried = 0
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(5)
s.connect(("198.18.0.1", 53))
def ask(name):
    global tried
    tried += 1
    packet = struct.pack(">HHHHHH", tried & 0xffff, 0x100, 1, 0, 0, 0)
    packet += b"".join(bytes([len(p)]) + p for p in name.encode().split(b".")) + b"\0\0\1\0\1"
    s.send(packet)
    while (reply := s.recv(512))[:2] != packet[:2]:
        pass
    return socket.inet_ntoa(reply[-4:]) if reply[7] else None
given = {}
refused = 0
for i in range(4300):
    address = ask(f"name{i}.example")
    if address is None:
        refused += 1
    elif address in given:
        print("HELD", address, given[address], i)
    else:
        given[address] = i
if len(given) != 4096 or refused != 204:
    print("HELD", len(given), refused)
for i in (0, 1, 2047, 4095):
    if given.get(ask(f"name{i}.example")) != i:
        print("HELD changed", i)
print("tried", tried)
print("done")
