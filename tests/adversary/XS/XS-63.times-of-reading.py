# id: XS-63.times-of-reading   class: LATERAL   kind: client
# When a file of the environment was last read is the same for all sessions: one
# reads, lists, maps and runs some; neither it nor the next one sees a time that
# moved.
import json
from enclave_client import Client

PLACES = """
import json, mmap, os
def times():
    found = {}
    for top in ("/usr/lib/enclave", "/usr/lib/python3/dist-packages", "/etc", "/usr/bin"):
        for folder, _, files in os.walk(top):
            for path in [folder, *(os.path.join(folder, name) for name in sorted(files)[:10])]:
                try:
                    found[path] = os.lstat(path).st_atime_ns
                except OSError:
                    pass
    return found
before = times()
print(json.dumps(before))
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
print(json.dumps([path for path in before if before[path] != after.get(path)]))
"""
client = Client()
first, second = (client.run({"language": "python", "code": code}) for code in (READ, PLACES))
told = [[json.loads(line) for line in session["result"]["stdout"].splitlines()] for session in (first, second)]
(before, moved), (later,) = told
assert len(before) > 50 and moved == [], moved
assert before == later, [path for path in before if before[path] != later.get(path)]
