# id: XS-03.network-views   class: LEAK   backends: native gvisor
# expect-phase: succeeded   expect-stdout: ^done$   expect-not: HELD
# What /proc and ioctl tell of networks is its own: two links, its own two
# addresses, no socket and no neighbour that isn't its own or the gate.
import os, re, socket
links = sorted(name for _, name in socket.if_nameindex())
if links != ["eth0", "lo"]:
    print("HELD links", links)
for name in ("tcp", "udp", "raw", "tcp6", "udp6", "raw6", "udplite", "icmp", "packet", "unix", "netlink"):
    try:
        lines = open(f"/proc/net/{name}").read().splitlines()[1:]
    except OSError:
        continue
    if name == "netlink":
        # the kernel's own sockets are listed everywhere
        lines = [line for line in lines if line.split()[2] != "0"]
    if name == "unix":
        # its own init listens for results
        lines = [line for line in lines if len(line.split()) > 7 and line.split()[7] != "@enclave-result"]
    if lines:
        print("HELD", name, lines[:3])
for name in ("arp", "fib_trie", "route", "dev", "if_inet6", "ipv6_route", "nf_conntrack", "vlan/config", "wireless", "ptype"):
    try:
        text = open(f"/proc/net/{name}").read()
    except OSError:
        continue
    for address in re.findall(r"\b\d+\.\d+\.\d+\.\d+\b", text):
        if not (address.startswith(("127.", "198.18.0.")) or address in ("0.0.0.0", "255.255.255.255")):
            print("HELD", name, address)
    for link in re.findall(r"\b(veth\w*|docker\w*|br-\w+|ens\w+|enp\w+|wlan\w+|cni\w*|tun\w*|gate0)\b", text):
        print("HELD", name, link)
for path in ("/sys/class/net", "/proc/1/net/dev", "/proc/sys/net/ipv4/conf"):
    try:
        found = set(os.listdir(path)) if os.path.isdir(path) else set()
    except OSError:
        continue
    if found - {"lo", "eth0", "all", "default"}:
        print("HELD", path, found)
print("done")
