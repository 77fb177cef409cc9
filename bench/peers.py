"""haproxy and nginx, set up to do the work of bindings: each adds a credential,
and keeps its connections to the upstreams. Each has one working thread.

Their client is on the machine, behind a veth pair like a program.
"""

import contextlib
import os
import subprocess
import tempfile
import time
from pathlib import Path

from enclave_test import descendants
from world import CA_FILE

CLIENT, PROXY = "10.77.0.2", "10.77.0.1"
TICKS = os.sysconf("SC_CLK_TCK")
READY_SECONDS = 10

HAPROXY = """
global
 nbthread 1
 maxconn 2000
defaults
 mode http
 timeout connect 5s
 timeout client 60s
 timeout server 60s
 http-reuse always
"""
HAPROXY_PORT = """
listen {name}
 bind {proxy}:{port}
 http-request set-header Host {host}
 http-request set-header Authorization "Bearer {secret}"
 server s {address}:{to} {how}
"""
HAPROXY_TLS = "ssl verify required ca-file {ca} verifyhost {host} sni str({host})"

NGINX = """
daemon off;
worker_processes 1;
pid nginx.pid;
error_log stderr;
events {{ worker_connections 2000; }}
http {{
 access_log off;
 keepalive_requests 100000000;
 proxy_http_version 1.1;
 proxy_set_header Connection "";
 proxy_set_header Host {host};
 proxy_set_header Authorization "Bearer {secret}";
 proxy_ssl_verify on;
 proxy_ssl_trusted_certificate {ca};
 proxy_ssl_name {host};
 proxy_ssl_server_name on;
 {ports}
}}
"""
NGINX_PORT = """
 upstream {name} {{
  server {address}:{to};
  keepalive 64;
  keepalive_requests 100000000;
 }}
 server {{
  listen {proxy}:{port};
  location / {{ proxy_pass {scheme}://{name}; }}
 }}
"""


def cpu_of(pid):
    """Seconds that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def haproxy(upstreams, **facts):
    ports = [HAPROXY_PORT.format(
        **one, **facts, proxy=PROXY,
        how=HAPROXY_TLS.format(ca=CA_FILE, **facts) if one["tls"] else "")
        for one in upstreams]
    return HAPROXY + "".join(ports), ["haproxy", "-db", "-f"]


def nginx(upstreams, **facts):
    ports = [NGINX_PORT.format(
        **one, **facts, proxy=PROXY, scheme="https" if one["tls"] else "http")
        for one in upstreams]
    return NGINX.format(ca=CA_FILE, ports="".join(ports), **facts), [
        "nginx", "-e", "stderr", "-c"]


class Outside:
    """A network namespace with a link to the machine, for clients."""

    def __init__(self, world):
        self.holder = world.within(world.machine, self.make)

    @staticmethod
    def make():
        holder = subprocess.Popen(
            ["unshare", "-n", "sh", "-c", "echo; exec sleep 3600"],
            stdout=subprocess.PIPE)
        holder.stdout.readline()
        for line in (f"link add c0 type veth peer name c1 netns {holder.pid}",
                     f"address add {PROXY}/24 dev c0", "link set c0 up"):
            subprocess.run(["ip", *line.split()], check=True)
        for line in ("link set lo up", f"address add {CLIENT}/24 dev c1",
                     "link set c1 up"):
            subprocess.run(["nsenter", f"--net=/proc/{holder.pid}/ns/net",
                            "ip", *line.split()], check=True)
        return holder

    def run(self, *command):
        """What a command there prints."""
        return subprocess.run(
            ["nsenter", f"--net=/proc/{self.holder.pid}/ns/net",
             *map(str, command)], stdout=subprocess.PIPE, check=True).stdout

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.holder.terminate()
        self.holder.wait()


class Peer:
    """One of them, on the machine; its upstreams are those of the bindings."""

    def __init__(self, world, outside, config, command):
        self.outside = outside
        self.folder = tempfile.TemporaryDirectory(prefix="enclave-bench-")
        path = Path(self.folder.name, "config")
        path.write_text(config)
        if command[0] == "nginx":
            command = [command[0], "-p", self.folder.name, *command[1:]]
        self.process = subprocess.Popen([*world.inside, *command, path])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        self.folder.cleanup()

    def wait_for(self, port):
        """Until it listens."""
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            with contextlib.suppress(subprocess.CalledProcessError):
                self.outside.run("bash", "-c",
                                 f"exec 2>&-; : </dev/tcp/{PROXY}/{port}")
                return self
            time.sleep(0.05)
        raise TimeoutError(f"{self.process.args}: it doesn't listen")

    def cpu(self):
        return sum(cpu_of(pid) for pid in descendants(self.process.pid))

    def pin(self, core):
        for pid in descendants(self.process.pid):
            os.sched_setaffinity(pid, core)
