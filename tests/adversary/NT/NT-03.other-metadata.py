# id: NT-03.other-metadata   class: EXFIL   backends: native gvisor   kind: client
# What other clouds, container services and runtimes answer at.
from egress_table import try_table
from enclave_client import Client

rows = []
# ECS credentials and task metadata: the whole /23 is set aside for them.
rows += [("tcp", f"169.254.{170 + i // 16}.{i % 16}", 80) for i in range(32)]
rows += [("tcp", f"169.254.169.{last}", port) for last in (1, 123, 249, 250, 251, 252, 253, 255)
         for port in (53, 80, 123)]
for address in ("100.100.100.200", "100.96.0.96", "100.88.222.5", "168.63.129.16", "192.0.0.192", "192.0.0.170",
                "192.0.0.171", "169.254.0.1", "169.254.0.23", "169.254.42.42", "169.254.10.10",
                "169.254.169.123", "169.254.20.10", "169.254.25.10", "100.64.0.1", "100.127.255.254"):
    rows += [("tcp", address, port) for port in (53, 80, 443, 32526, 8775)]
    rows += [("udp", address, port) for port in (67, 123)]
for name in ("metadata.google.internal", "metadata", "instance-data", "instance-data.ec2.internal",
             "metadata.tencentyun.com", "metadata.packet.net", "metadata.azure.internal", "METADATA.google.internal.",
             "metadata.platformequinix.com", "rancher-metadata", "kubernetes.default.svc",
             "kubernetes.default.svc.cluster.local", "host.docker.internal", "gateway.docker.internal",
             "host.containers.internal", "docker.for.mac.localhost", "consul.service.consul", "vault",
             "api.metadata.cloud.ibm.com", "link-local.s3.internal"):
    rows += [("tcp", name, port) for port in (80,)]
# The runtime API of functions is on the loopback, where nobody is.
rows += [("tcp", "127.0.0.1", port) for port in (80, 443, 1338, 1988, 2375, 2772, 9001, 9090, 40342, 51678)]
rows += [("tcp", "::1", 9001), ("tcp", "::ffff:127.0.0.1", 9001), ("tcp", "127.1", 9001), ("tcp", "0", 9001)]
try_table(Client(), rows, at_least=200, leaving=150)
