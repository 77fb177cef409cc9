# id: XS-06.warm-sandbox   class: LATERAL   kind: client
# A session does what it can to whoever gets the next waiting sandbox: patches
# the interpreter, leaves files, a listener, a child, a handler, a thread. The
# next ones, warm and cold, in both languages, find nothing of it.
import json
from enclave_client import Client
client = Client()
leave = {"python": """
import atexit, builtins, os, signal, socket, sys, threading, time
builtins.left = builtins.open; sys.modules["left"] = sys
sys.path.insert(0, "/tmp"); sys.setrecursionlimit(77); sys.argv.append("left")
os.environ["LEFT"] = "left"; os.chdir("/tmp"); os.umask(0o77)
signal.signal(signal.SIGTERM, signal.SIG_IGN)
for place in ("/tmp", "/var/tmp", "/dev/shm", "/work"):
    open(place + "/left", "w").write("left")
s = socket.socket(); s.bind(("127.0.0.1", 4444)); s.listen()
threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(60)
    os._exit(0)
for target in ("/usr/lib/enclave/start.js", "/usr/lib/enclave/left.py"):
    try:
        open(target, "w").write("left")
    except OSError:
        pass
enclave.result(1)
""", "node": """
import fs from 'fs'; import net from 'net'; import cp from 'child_process';
globalThis.left = 1; process.env.LEFT = 'left'; process.chdir('/tmp');
Array.prototype.left = 1; process.umask(0o77);
for (const place of ['/tmp', '/var/tmp', '/dev/shm', '/work'])
    fs.writeFileSync(place + '/left', 'left');
net.createServer().listen(4444, '127.0.0.1').unref();
cp.spawn('sleep', ['60'], { detached: true, stdio: 'ignore' }).unref();
enclave.result(1);
"""}
look = {"python": """
import builtins, os, signal, socket, sys, threading
s = socket.socket()
enclave.result([
    hasattr(builtins, "left"), "left" in sys.modules, "/tmp" in sys.path,
    sys.getrecursionlimit(), sys.argv, os.environ.get("LEFT"), os.getcwd(),
    os.umask(0o22), signal.getsignal(signal.SIGTERM) == signal.SIG_DFL,
    [os.listdir(d) for d in ("/tmp", "/var/tmp", "/dev/shm", "/work")],
    s.connect_ex(("127.0.0.1", 4444)), threading.active_count(),
    len([p for p in os.listdir("/proc") if p.isdigit()]),
    os.path.exists("/usr/lib/enclave/left.py")])
""", "node": """
import fs from 'fs'; import net from 'net';
const code = await new Promise((done) => net.connect(4444, '127.0.0.1')
    .on('error', (e) => done(e.code)).on('connect', () => done('open')));
enclave.result([globalThis.left ?? null, [].left ?? null,
    process.env.LEFT ?? null, process.cwd(), process.umask(),
    ['/tmp', '/var/tmp', '/dev/shm', '/work'].map((d) => fs.readdirSync(d)),
    code, fs.readdirSync('/proc').filter((n) => /^[0-9]+$/.test(n)).length]);
"""}
clean = {"python": [False, False, False, 1000, ["main.py"], None,
                    "/work", 0o22, True, [[], [], [], ["main.py"]], 111, 1, 2, False],
         "node": [None, None, None, "/work", 0o22, [[], [], [], ["main.js"]],
                  "ECONNREFUSED", 2]}
for language in ("python", "node"):
    for _ in range(4):
        left = client.run({"code": leave[language], "language": language})
        assert left["result"]["json"] == 1, left["result"]
        # one that may be warm, and one whose interpreter is started for it
        for env in ({}, {"TZ": "UTC"}):
            found = client.run({"code": look[language], "language": language,
                                "env": env})["result"]
            assert found["json"] == clean[language], found
