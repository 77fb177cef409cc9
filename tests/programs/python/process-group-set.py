# a child moved into a group of its own
import os, subprocess
p = subprocess.Popen(["sleep", "60"], process_group=0)
print(os.getpgid(p.pid) == p.pid)
p.kill(); print(p.wait())
