# id: NT-04.control-plane   class: LATERAL   backends: native gvisor   kind: client
# The host and what runs beside it: gateways of every kind, the control plane,
# Docker, Kubernetes, etcd; and addresses that mean nobody or everybody.
from egress_table import try_table
from enclave_client import Client

GATEWAYS = ("198.18.0.1", "10.0.0.1", "10.0.2.2", "10.96.0.1", "10.152.183.1", "10.43.0.1", "10.88.0.1", "172.17.0.1",
            "172.18.0.1", "172.20.10.1", "172.31.0.2", "192.168.0.1", "192.168.5.2", "192.168.49.1", "192.168.64.1",
            "192.168.65.254", "192.168.122.1", "100.64.0.1", "198.18.0.3", "198.18.0.0", "198.18.15.255",
            "198.19.255.255")
PORTS = (22, 80, 443, 2375, 2376, 2379, 2380, 4243, 5432, 6379, 6443, 8080, 8090, 9100, 10250, 10255, 10256, 30000,
         32767)
rows = [("tcp", gateway, port) for gateway in GATEWAYS for port in PORTS]
rows += [("udp", gateway, port) for gateway in GATEWAYS for port in (69, 161, 4789, 8472)]
# Nobody, oneself, everybody.
for address in ("0.0.0.0", "0.0.0.1", "0.255.255.255", "127.0.0.1", "127.0.0.2", "127.255.255.254", "198.18.0.2",
                "255.255.255.255", "198.18.255.255", "10.255.255.255", "224.0.0.1", "224.0.0.251", "239.255.255.250",
                "232.1.1.1", "240.0.0.1", "254.1.2.3", "192.0.2.255", "::", "::1", "fd6e:636c:6176::2"):
    rows += [("tcp", address, port) for port in (80, 8090, 2375)]
    rows += [("udp", address, port) for port in (5353, 1900, 8090)]
for group in ("ff01::1", "ff02::1", "ff02::2", "ff02::fb", "ff02::1:2", "ff02::1:ff00:1", "ff05::2", "ff0e::1"):
    rows += [("tcp", group, 80), ("udp", group, 5353), ("udp", f"{group}%eth0", 5354)]
for address in ("fe80::1", "fe80::ff:fe00:1", "fe80::2"):
    rows += [("tcp", f"{address}%eth0", port) for port in (80, 8090)] + [("udp", f"{address}%eth0", 546)]
try_table(Client(), rows, at_least=600, leaving=550)
