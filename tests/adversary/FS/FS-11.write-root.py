# id: FS-11.write-root   class: ESC
# expect-phase: succeeded   expect-json: {"wrote": []}
import os
wrote = []
for path in ("/x", "/etc/passwd", "/usr/bin/python3", "/usr/lib/python3.11/enclave_start.py",
             "/usr/lib/enclave/enclave-init", "/workload/main.py", "/workload/new",
             "/proc/sys/kernel/hostname", "/dev/new", "/bin/x"):
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT))
        wrote.append(path)
    except OSError:
        pass
    try:
        os.chmod(path, 0o777)
        wrote.append("chmod " + path)
    except OSError:
        pass
enclave.result({"wrote": wrote})
