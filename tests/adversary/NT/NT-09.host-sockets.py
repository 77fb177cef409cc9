# id: NT-09.host-sockets   class: ESC   backends: native gvisor   kind: client
# Sockets that really listen: on the host, by path and by abstract name, the
# control plane's own, and another session's. None is found, listed or reached.
import json, os, secrets, socket, tempfile, time
from enclave_client import Client

client = Client()
mark = "enclave-canary-" + secrets.token_hex(8)
with tempfile.TemporaryDirectory() as where:
    reached, names, listening = [], [], []
    for name in ("\0" + mark, os.path.join(where, mark), "/tmp/" + mark, "/dev/shm/" + mark):
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
            s = socket.socket(socket.AF_UNIX, kind)
            spelled = name + str(int(kind))
            s.bind(spelled)
            s.settimeout(0.2)
            if kind == socket.SOCK_STREAM:
                s.listen()
            listening.append(s)
            names.append((spelled, int(kind)))
    names += [(os.environ["ENCLAVE_BASE_URL"].removeprefix("unix:"), 1), ("\0" + mark + "-sibling", 1)]
    names += [(path, 1) for path in (
        "/var/run/docker.sock", "/run/docker.sock", "/run/containerd/containerd.sock", "/run/podman/podman.sock",
        "/run/dbus/system_bus_socket", "/run/systemd/private", "/run/systemd/notify", "/run/systemd/journal/socket",
        "/run/nscd/socket", "/run/enclave/enclave.sock", "/dev/log", "/run/user/0/bus", "/tmp/.X11-unix/X0",
        "\0/tmp/.X11-unix/X0", "\0/containerd-shim/0.sock", "\0snapd", "/run/crio/crio.sock", "/run/snapd.socket")]
    sibling = client.expect(201, "POST", "/v1/sessions", {"language": "python", "limits": {"wallClockSeconds": 30}, "code": f"""
import socket, time
s = socket.socket(socket.AF_UNIX); s.bind("\\0{mark}-sibling"); s.listen(); s.settimeout(20)
try:
    socket.create_connection(("192.0.2.1", 4242), 2)  # seen outside: it listens
except OSError:
    pass
try:
    s.accept(); print("REACHED", flush=True)
except OSError:
    pass
"""}).json["id"]
    while not any(e["type"] == "egress_denied" for e in
                  client.request("GET", f"/v1/sessions/{sibling}/audit").json["events"]):
        time.sleep(0.02)
    program = """
import json, socket
names = json.load(open("/work/names.json"))
found = []
for name, kind in names:
    with socket.socket(socket.AF_UNIX, kind) as s:
        s.settimeout(1)
        try:
            s.connect(name); s.send(b"reached"); found.append(repr(name))
        except OSError:
            pass
try:
    listing = open("/proc/net/unix").read()
except OSError:
    listing = ""
enclave.result({"found": found, "listed": [n for n, k in names if n.strip(chr(0)) in listing]})
"""
    session = client.run({"language": "python", "code": program,
                          "files": [{"path": "names.json", "content": json.dumps(names)}]})
    assert session["result"]["json"] == {"found": [], "listed": []}, session["result"]
    for s in listening:
        try:
            s.accept() if s.type == socket.SOCK_STREAM else s.recv(10)
            raise SystemExit(f"reached: {s.getsockname()}")
        except OSError:
            pass
    for path in ("/tmp/", "/dev/shm/"):
        for kind in (1, 2):
            os.unlink(f"{path}{mark}{kind}")
    client.request("DELETE", f"/v1/sessions/{sibling}")
    assert "REACHED" not in json.dumps(client.end(sibling))
