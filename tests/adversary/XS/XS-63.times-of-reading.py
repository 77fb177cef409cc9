# id: XS-63.times-of-reading   class: LATERAL   kind: client
# When a file of the environment was last read is the same for all sessions: one
# reads, lists, maps and runs some; neither it nor the next one sees a time that
# moved.
from enclave_client import Client

PLACES = """
import mmap, os
def times():
    found = {}
    for top in ("/usr/lib/enclave", "/usr/lib/python3/dist-packages", "/etc", "/usr/bin"):
        for folder, _, files in os.walk(top):
            for path in [folder, *(os.path.join(folder, name) for name in sorted(files)[:10])]:
                try:
                    found[path] = os.stat(path).st_atime_ns
                except OSError:
                    pass
    return found
before = times()
"""
READ = PLACES + """
for path in before:
    try:
        if os.path.isdir(path):
            os.listdir(path)
            continue
        with open(path, "rb") as file:
            file.read(1)
            mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)[:1]
    except (OSError, ValueError):
        pass
os.spawnv(os.P_WAIT, "/usr/bin/env", ["env", "true"])
after = times()
enclave.result({"times": before, "moved": [path for path in before if before[path] != after.get(path)]})
"""
client = Client()
request = {"language": "python", "limits": {"outputBytes": 4 << 20}}
first = client.run({**request, "code": READ})["result"]["json"]
second = client.run({**request, "code": PLACES + "enclave.result({'times': before})"})["result"]["json"]
assert len(first["times"]) > 50, len(first["times"])
assert first["moved"] == [], first["moved"]
assert first["times"] == second["times"], [path for path in first["times"] if first["times"][path] != second["times"].get(path)]
