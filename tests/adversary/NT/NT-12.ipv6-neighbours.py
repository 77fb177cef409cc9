# id: NT-12.ipv6-neighbours   class: EXFIL   backends: native gvisor   limits: wallClockSeconds=30
# expect-phase: succeeded   expect-stdout: ^done$   expect-not: HELD
# expect-audit: egress_denied host=ff02::1 proto=udp port=546
# IPv6 beside IPv4: link-local, all nodes, all routers, advertisements, groups.
# Nobody answers, no router can be made up, no address or route appears.
import fcntl, select, socket, struct, time
def state():
    text = ""
    for path in ("/proc/net/if_inet6", "/proc/net/ipv6_route", "/proc/net/route"):
        try:
            lines = open(path).read().splitlines()
        except OSError:
            continue
        # counters of use change by themselves
        text += "".join(sorted(" ".join(line.split()[:5] + line.split()[-1:]) for line in lines if "ipv6_route" in path))
        text += "" if "ipv6_route" in path else "".join(sorted(l for l in lines if not l.startswith("Iface")))
    return text
before = state()
for kind, protocol in ((socket.SOCK_RAW, 58), (socket.SOCK_DGRAM, 58), (socket.SOCK_RAW, 255), (socket.SOCK_RAW, 43)):
    try:
        socket.socket(socket.AF_INET6, kind, protocol)
        print("HELD", kind, protocol)
    except OSError:
        pass
index = socket.if_nametoindex("eth0")
sockets = []
for address in ("ff02::1", "ff02::2", "ff02::fb", "ff02::1:2", "ff02::16", "ff02::1:ff00:1", "fe80::1", "fe80::ff:fe00:1"):
    for port in (546, 547, 5353, 1900):
        s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
        try:
            s.sendto(b"\x86" * 60, (address, port, 0, index))
        except OSError:
            pass
        sockets.append(s)
for group in ("ff02::fb", "ff02::1:3", "ff0e::1234", "ff05::2"):
    s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    try:
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, socket.inet_pton(socket.AF_INET6, group) + struct.pack("I", index))
        s.bind(("::", 0))
    except OSError:
        pass
    sockets.append(s)
# Extension headers, to hide the protocol from a rule.
for level, option in ((socket.IPPROTO_IPV6, 54), (socket.IPPROTO_IPV6, 57), (socket.IPPROTO_IPV6, 59)):
    s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    try:
        s.setsockopt(level, option, bytes([0, 0, 1, 4, 0, 0, 0, 0]))
        s.sendto(b"x", ("2001:db8::77", 7777))
        print("HELD extension header", option)
    except OSError:
        pass
for s in select.select(sockets, [], [], 1)[0]:
    try:
        print("HELD", s.recv(100))
    except OSError:
        pass
if state() != before:
    print("HELD", before, state())
print("done")
