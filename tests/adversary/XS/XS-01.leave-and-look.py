# id: XS-01.leave-and-look   class: LATERAL   kind: client
# What one session leaves, the next one doesn't find; their ids differ.
import json, os, sys
from enclave_client import Client
client = Client()
leave = """
import os, socket
for d in ("/tmp", "/var/tmp", "/dev/shm", "/work"):
    open(d + "/left", "w").write("left")
s = socket.socket(socket.AF_UNIX); s.bind("\\0left"); s.listen()
enclave.result(os.stat("/work/left").st_uid)
"""
look = """
import os, socket
found = [d for d in ("/tmp", "/var/tmp", "/dev/shm", "/work") if os.path.exists(d + "/left")]
s = socket.socket(socket.AF_UNIX)
try:
    s.connect("\\0left"); found.append("abstract")
except OSError:
    pass
enclave.result(found)
"""
first = client.run({"code": leave, "language": "python"})
second = client.run({"code": look, "language": "python"})
assert second["result"]["json"] == [], second["result"]
assert first["phase"] in ("succeeded", "torn_down"), first
