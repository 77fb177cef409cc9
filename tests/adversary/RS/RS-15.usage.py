# id: RS-15.usage   class: AUDIT   kind: client   alone: machine
# parity: cpu-clock
# CPU that is used where a parent doesn't look: in children, in orphans, in a
# thousand short programs, before a kill. What is metered is never less than
# what the program itself can show, and is there after a kill too.
import json
import os
from enclave_client import Client

SPIN = "import time\nend = time.process_time() + %s\nwhile time.process_time() < end: pass\n"
WAYS = {
    "itself": SPIN % 0.6,
    "children": "import os, sys\nfor i in range(3):\n    if os.fork() == 0:\n        exec(%r)\n        os._exit(0)\n"
                "for i in range(3): os.wait()\n" % (SPIN % 0.2),
    "orphans": "import os, time\nr, w = os.pipe()\nif os.fork() == 0:\n    for i in range(3):\n        if os.fork() == 0:\n"
               "            os.setsid()\n            exec(%r)\n            os._exit(0)\n    os._exit(0)\n"
               "os.wait(); os.close(w); os.read(r, 1)\n" % (SPIN % 0.2),
    # An interpreter that waited in a pool has used CPU before the session.
    "threads": "import threading, time\nbegin = time.process_time()\ndef f():\n    n = 0\n    while n < 4000000: n += 1\n"
               "ts = [threading.Thread(target=f) for i in range(4)]\n[t.start() for t in ts]\n[t.join() for t in ts]\n"
               "print('used', time.process_time() - begin)\n",
    "killed": "while True: pass",
}
client = Client()
for name, code in WAYS.items():
    session = client.run({"language": "python", "code": code, "limits": {"cpuSeconds": 1 if name == "killed" else 20,
                                                                      "wallClockSeconds": 30}})
    bundle = client.expect(200, "GET", f"/v1/sessions/{session['id']}/audit?format=bundle").body
    metered = [json.loads(line)["data"] for line in bundle.splitlines()[1:] if b'"usage_metered"' in line]
    assert len(metered) == 1, metered
    least = 1000 if name == "killed" else 590
    if name == "threads":
        least = int(float(session["result"]["stdout"].split()[1]) * 950)
    if os.environ["ENCLAVE_BACKEND"] == "gvisor" and name != "killed":
        least //= 4  # a guest's clock counts who waits for a core, too
    print(name, metered[0]["cpuMs"], least)
    assert metered[0]["cpuMs"] == session["usage"]["cpuMs"], (metered, session["usage"])
    assert least <= metered[0]["cpuMs"] <= least + 4000, (name, least, metered)
    assert (session["killReason"] == "cpu_exceeded") == (name == "killed"), session
