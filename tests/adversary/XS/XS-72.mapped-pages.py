# id: XS-72.mapped-pages   class: LATERAL   kind: client   backends: gvisor
# parity: channels
# Sessions share the pages of an environment, and Linux tells of each whether
# one or several have it mapped. gVisor tells the same, whoever else maps it.
from enclave_client import Client
from session_pair import run_beside

MAP = """
import mmap, os, struct
fd = os.open("/usr/bin/python3", os.O_RDONLY)
pages = mmap.mmap(fd, 0, mmap.MAP_SHARED, mmap.PROT_READ)
def touch(step):
    return sum(pages[at] for at in range(0, len(pages), 4096 * step))
"""
HOLD = MAP + "import time\ntouch(1)\nreached(1)\ntime.sleep(30)"
LOOK = MAP + """
import re
touch(1)
told = {}
try:
    text = open("/proc/self/smaps").read()
    for part in re.split(r"(?m)^(?=[0-9a-f]+-[0-9a-f]+ )", text):
        if " r--s " in part and "python3" in part.splitlines()[0]:
            told = dict(re.findall(r"(?m)^(Shared_Clean|Private_Clean|Pss):\\s+(\\d+)", part))
except OSError:
    pass
try:
    with open("/proc/self/pagemap", "rb") as file:
        told["pagemap"] = len(file.read(8))
except OSError:
    pass
enclave.result(told)
"""
client = Client()
alone = client.run({"language": "python", "code": LOOK})["result"]["json"]
beside = run_beside(client, HOLD, LOOK)
assert "pagemap" not in alone and alone == beside, (alone, beside)
