# id: XS-03.proc-listing   class: LEAK
# expect-phase: succeeded   expect-json: {"foreign": [], "hostname": "enclave"}
import os, socket
foreign = []
for pid in (p for p in os.listdir("/proc") if p.isdigit()):
    if int(pid) not in (1, os.getpid()):
        foreign.append(pid)
enclave.result({"foreign": foreign, "hostname": socket.gethostname()})
