# id: FS-50.host-names   class: LEAK   kind: client
# All that a program can read below /proc, /etc, /dev and /usr/lib/enclave,
# searched for what only the host knows: its name, its paths, its users, its
# processes, the server's own place. The words come backwards, so that the
# program itself isn't what is found.
import os
import pwd
import socket
from pathlib import Path
from enclave_client import Client
from enclave_test import STORE

client = Client()
words = {os.path.dirname(client.path), str(STORE.resolve()), "enclave-test-", os.getcwd(), str(Path(__file__).parent),
         "enclaved", "enclave-gate", "enclave-api", "enclave-vault", "enclave-janitor"}
words |= {p.pw_name for p in pwd.getpwall() if p.pw_uid >= 1000 and p.pw_name not in ("nobody",)}
if len(socket.gethostname()) > 4 and socket.gethostname() != "localhost":
    words.add(socket.gethostname())
instance = Path(os.path.dirname(client.path)) / "instance"
if instance.exists():
    words.add(instance.read_text().strip())
words = sorted(w for w in words if len(w) > 4 and w not in ("/", "/root"))
code = """
import os, stat, threading
words = [w[::-1].encode() for w in %r]
found, looked = [], 0
for top in ("/proc", "/etc", "/dev", "/run", "/sys", "/var"):
    for root, directories, files in os.walk(top):
        directories[:] = [d for d in directories if d not in ("map_files", "fd", "certs", "ssl")]
        if root.count("/") > 5: directories[:] = []
        for name in files:
            path = os.path.join(root, name)
            if name in ("mem", "pagemap", "kmsg") or path.startswith("/dev/"): continue
            try:
                if os.path.islink(path):
                    text = os.readlink(path).encode()
                elif stat.S_ISREG(os.lstat(path).st_mode):
                    fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
                    text = os.read(fd, 1 << 20)
                    os.close(fd)
                else: continue
            except OSError: continue
            looked += 1
            found += [path + ": " + w.decode() for w in words if w in text]
assert looked > 100, looked
enclave.result(found)
""" % [w[::-1] for w in words]
session = client.run({"language": "python", "code": code})
assert session["outcome"] == "succeeded", session
assert session["result"]["json"] == [], session["result"]["json"]
