# the program replaces itself by another one
import os, sys
if len(sys.argv) == 1:
    print("first", flush=True)
    os.execv(sys.executable, ["python3", __file__, "again"])
print("second", sys.argv[1:], os.environ.get("ENCLAVE_START"))
