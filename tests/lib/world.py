"""A small Internet for end-to-end tests, and a machine connected to it.

    machine: enclaved, enclave run  up0 ---- world0  world: origins, names

Both are network namespaces that only this process holds, by descriptors:
neither has a name or a file, and both are gone when the process has ended,
however it ends. No packet reaches the network of the real machine.

    with World() as world, Server(wrapper=world.inside) as server:
        world.names["api.example.com"] = Name(a=["93.184.215.20"])
        origin = world.serve("93.184.215.20", 443, http(b"hi"),
                             certificate=["api.example.com"])

The world has every address that the machine doesn't have, those of the deny
table included: a packet that the deny table should have stopped arrives, is
counted, and is answered by the origin that a test put there.

The machine has files of its own in /etc: resolv.conf, hosts and the world's
CA. The rest of the file system is that of the test.

Needs root, iproute2 and util-linux; openssl for certificates.
"""

import ctypes
import os
import socket
import subprocess
from concurrent.futures import ThreadPoolExecutor

from pace import paced
from world_names import NameServer
from world_origins import Authority, Origin
from world_packets import Capture

MACHINE_V4, MACHINE_V6 = "93.184.215.2", "2606:2800:21f:cb07::2"
WORLD_V4, WORLD_V6 = "93.184.215.1", "2606:2800:21f:cb07::1"
MACHINE_MAC, WORLD_MAC = "02:00:5e:00:01:02", "02:00:5e:00:01:01"

# All of them answer from one table. The last is a resolver on the machine, as
# systemd-resolved is.
NAME_SERVERS = ("93.184.215.53", "2606:2800:21f:cb07::53", "10.1.2.53",
                "127.0.0.53")
RESOLV_CONF = f"nameserver {NAME_SERVERS[0]}\n"
HOSTS = "127.0.0.1 localhost\n::1 localhost\n"
CA_FILE = "/etc/world-ca.pem"  # on the machine, once there is a certificate

CLONE_NEWNS, CLONE_NEWNET = 0x20000, 0x40000000
MS_BIND, MS_REC, MS_PRIVATE = 1 << 12, 1 << 14, 1 << 18
OWN_FILES = ("resolv.conf", "hosts")

# Neighbours are fixed and no address is made up by the kernel, so that the
# link is silent unless somebody sends. Routes in the table `local` that are
# not local ones keep the machine's addresses from being the world's own.
WORLD_NETWORK = f"""
link set lo up
link add world0 address {WORLD_MAC} type veth \
peer name up0 address {MACHINE_MAC} netns MACHINE
V6 link set world0 addrgenmode none
link set world0 up
address add {WORLD_V4} peer {MACHINE_V4} dev world0
neighbour add {MACHINE_V4} lladdr {MACHINE_MAC} dev world0 nud permanent
route add local 0.0.0.0/0 dev lo table local
route add {MACHINE_V4}/32 dev world0 table local
V6 address add {WORLD_V6}/128 dev world0 nodad
V6 neighbour add {MACHINE_V6} lladdr {MACHINE_MAC} dev world0 nud permanent
V6 route add local ::/0 dev lo table local
V6 route add {MACHINE_V6}/128 dev world0 table local
"""
MACHINE_NETWORK = f"""
link set lo up
V6 link set up0 addrgenmode none
link set up0 up
address add {MACHINE_V4} peer {WORLD_V4} dev up0
neighbour add {WORLD_V4} lladdr {WORLD_MAC} dev up0 nud permanent
route add default via {WORLD_V4} dev up0
V6 address add {MACHINE_V6}/128 dev up0 nodad
V6 neighbour add {WORLD_V6} lladdr {WORLD_MAC} dev up0 nud permanent
V6 route add {WORLD_V6}/128 dev up0
V6 route add ::/0 via {WORLD_V6} dev up0
"""

HAS_V6 = os.path.exists("/proc/net/if_inet6")
libc = ctypes.CDLL(None, use_errno=True)


def checked(result, what):
    if result != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{what}: {os.strerror(error)}")


def mount(source, target, kind, flags):
    checked(libc.mount(source.encode(), target.encode(),
                       kind and kind.encode(), ctypes.c_ulong(flags), None),
            f"mount {target}")


def in_thread(function):
    """What it returns or raises, called in a thread that ends with it.

    Namespaces are a thread's own, so that what it enters or leaves doesn't
    move the rest of the test.
    """
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(function).result()


def namespace_of(kind):
    return os.open(f"/proc/thread-self/ns/{kind}", os.O_RDONLY)


def cover_etc():
    """/etc as it is, but for files that a test may replace; a descriptor."""
    mount("none", "/", None, MS_REC | MS_PRIVATE)
    below = os.open("/etc", os.O_PATH)
    mount("none", "/etc", "tmpfs", 0)
    os.chmod("/etc", 0o755)
    os.mkdir("/etc/.host")
    # With MS_REC the new mount would be among those that come along.
    mount(f"/proc/self/fd/{below}", "/etc/.host", None, MS_BIND)
    os.close(below)
    for name in set(os.listdir("/etc/.host")) - set(OWN_FILES):
        path = f"/etc/.host/{name}"
        # A relative link has to be followed from where it was.
        target = (os.readlink(path) if os.path.islink(path)
                  else f".host/{name}")
        os.symlink(target, f"/etc/{name}")
    return os.open("/etc", os.O_RDONLY | os.O_DIRECTORY)


class World:
    """A context manager; all of it ends with it, but what still runs inside.

    `inside` is what a program is started by to be on the machine, such as
    Server(wrapper=world.inside). A program that is started so is killed when
    the thread that started it ends. Its links, tables and mounts are those of
    the machine, which leftovers.host_state() doesn't see; what a function
    sees there is had by within(world.machine, function).
    """

    def __init__(self):
        self.name_server = NameServer()
        self.names = self.name_server.names      # name: Name, see world_names
        self.queries = self.name_server.queries  # what was asked, in order
        self.origins = []
        self.services = []  # the name server's own origins
        self.authority = None
        self.descriptors = []

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.stop()
            raise

    def __exit__(self, *_):
        self.stop()

    def start(self):
        self.world = in_thread(self.make_world)
        self.descriptors.append(self.world)
        self.machine, self.mounts, self.etc = in_thread(self.make_machine)
        self.descriptors += [self.machine, self.mounts, self.etc]
        held = f"/proc/{os.getpid()}/fd"
        self.inside = ["setpriv", "--pdeathsig", "KILL", "nsenter",
                       f"--net={held}/{self.machine}",
                       f"--mount={held}/{self.mounts}", "--"]
        self.configure(self.world, WORLD_NETWORK)
        self.configure(self.machine, MACHINE_NETWORK)
        self.write("resolv.conf", RESOLV_CONF)
        self.write("hosts", HOSTS)
        self.capture = Capture(
            self.new_socket(socket.AF_PACKET, socket.SOCK_RAW), "world0",
            self.new_socket(socket.AF_INET, socket.SOCK_DGRAM, self.machine),
            WORLD_V4)
        for address in NAME_SERVERS:
            self.start_name_server(address)
        return self

    def stop(self):
        for origin in self.origins + self.services:
            origin.stop()
        self.name_server.stop()
        if hasattr(self, "capture"):
            self.capture.stop()
        for fd in self.descriptors:
            os.close(fd)
        self.descriptors = []

    @staticmethod
    def make_world():
        checked(libc.unshare(CLONE_NEWNET), "unshare")
        return namespace_of("net")

    @staticmethod
    def make_machine():
        checked(libc.unshare(CLONE_NEWNET | CLONE_NEWNS), "unshare")
        etc = cover_etc()
        return namespace_of("net"), namespace_of("mnt"), etc

    def configure(self, namespace, lines):
        lines = lines.replace("MACHINE", f"/proc/self/fd/{self.machine}")
        lines = [line.removeprefix("V6 ") for line in lines.splitlines()
                 if HAS_V6 or not line.startswith("V6 ")]
        self.within(namespace, lambda: subprocess.run(
            ["ip", "-batch", "-"], input="\n".join(lines), text=True,
            check=True, pass_fds=[self.machine]))

    @staticmethod
    def within(namespace, function):
        """What a function returns that is called in a network namespace."""
        def call():
            checked(libc.setns(namespace, CLONE_NEWNET), "setns")
            return function()
        return in_thread(call)

    def new_socket(self, family, kind, namespace=None):
        """A socket stays where it was made, whichever thread uses it."""
        return self.within(namespace or self.world,
                           lambda: socket.socket(family, kind))

    def bound(self, address, port, kind=socket.SOCK_STREAM, on_machine=False):
        v6 = ":" in address
        end = self.new_socket(socket.AF_INET6 if v6 else socket.AF_INET,
                              kind, self.machine if on_machine else None)
        # Beside one for all addresses there may be one for a single address.
        end.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if v6:
            end.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            # No link has it: that it is routed here is enough.
            end.setsockopt(socket.IPPROTO_IPV6, 78, 1)  # IPV6_FREEBIND
        end.bind((address, port))
        return end

    def start_name_server(self, address):
        if ":" in address and not HAS_V6:
            return
        on_machine = address.startswith("127.")
        self.name_server.add_udp(
            self.bound(address, 53, socket.SOCK_DGRAM, on_machine),
            self.bound(address, 5353, socket.SOCK_DGRAM, on_machine))
        self.services.append(Origin(
            self.bound(address, 53, on_machine=on_machine),
            self.name_server.answer_tcp))

    def serve(self, address, port, answer, certificate=(), on_machine=False):
        """An origin that answers each connection by `answer(connection)`.

        "0.0.0.0" and "::" are all addresses for which no other has the port.
        With names or addresses for a certificate of the world's CA it speaks
        TLS, or with a function that makes its context. On the machine it is a
        service of the machine itself.
        """
        place = (address, port, on_machine)
        assert place not in [one.place for one in self.origins], place
        context = None
        if callable(certificate):
            context = certificate
        elif certificate:
            context = self.trusted().context_maker(certificate)
        origin = Origin(self.bound(address, port, on_machine=on_machine),
                        answer, context)
        origin.place = place
        self.origins.append(origin)
        return origin

    def trusted(self):
        if self.authority is None:
            self.authority = Authority()
            self.write(os.path.basename(CA_FILE), self.authority.certificate)
        return self.authority

    @property
    def ca(self):
        """The certificate to trust, as text."""
        return self.trusted().certificate

    def write(self, name, text):
        """Replaces a file of the machine's /etc, as its owner would."""
        new = os.open(".new", os.O_WRONLY | os.O_CREAT, 0o644,
                      dir_fd=self.etc)
        with open(new, "w") as file:
            file.write(text)
        os.rename(".new", name, src_dir_fd=self.etc, dst_dir_fd=self.etc)

    def use_name_servers(self, *addresses):
        self.write("resolv.conf",
                   "".join(f"nameserver {one}\n" for one in addresses))

    def run(self, *command, cwd=None, seconds=120, **more):
        """subprocess.run() of a program on the machine."""
        command = [*self.inside, *(["env", "-C", str(cwd)] if cwd else []),
                   *map(str, command)]
        return subprocess.run(command, capture_output=True,
                              timeout=paced(seconds), **more)

    def connections(self, address=None, port=None):
        """All that origins accepted, by the address that was connected to."""
        return [one for origin in self.origins for one in origin.connections
                if address in (None, one.address) and
                port in (None, one.port)]

    def asked(self, name):
        """The queries for a name, in whatever case it was written."""
        wanted = name.lower().rstrip(".")
        return [one for one in self.queries if one.name.lower() == wanted]

    def packets(self):
        """What left the machine up to now; see Capture.packets()."""
        return self.capture.packets()

    def packets_to(self, address):
        """How many packets of any kind left the machine for an address."""
        return sum(count for packet, count in self.packets().items()
                   if packet.destination == address)
