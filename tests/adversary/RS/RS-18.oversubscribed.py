# id: RS-18.oversubscribed   class: HOSTDOS   kind: client
# More than the machine has is refused, and of those that have a right to most
# of it one runs at a time. Ten reach their own limit at once, each ends for that
# reason, and those beside them go on.
import re
from concurrent.futures import ThreadPoolExecutor
from enclave_client import Client

client = Client()
EAT = "held = []\nwhile True: held.append(bytearray(b'x' * (1 << 20)))"
FEED = "held = [bytearray(b'x' * (1 << 20)) for _ in range(48)]\nimport time\ntime.sleep(1)\nprint(len(held))"


HUGE = {"memoryMb": 65536, "diskMb": 16}
reply = client.request("POST", "/v1/sessions", {"language": "python", "code": FEED, "limits": HUGE})
if reply.status == 400:
    # With a part of it two don't fit, but one beside all others does.
    HUGE["memoryMb"] = int(re.search(rb"can be (\d+) at most", reply.body)[1]) * 6 // 10


def one(n):
    if n % 5 == 4:
        return client.run({"language": "python", "code": FEED, "limits": HUGE})
    return client.run({"language": "python", "code": EAT, "limits": {"memoryMb": 96, "diskMb": 8}})


with ThreadPoolExecutor(12) as pool:
    for n, session in enumerate(pool.map(one, range(12))):
        if n % 5 == 4:
            assert session["outcome"] == "succeeded" and session["result"]["stdout"] == "48\n", session
        else:
            assert session["killReason"] == "memory_exceeded", session
        client.expect(200, "GET", f"/v1/sessions/{session['id']}/audit?format=bundle")
client.expect(200, "GET", "/v1/readyz")
