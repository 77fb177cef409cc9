# id: RC-62.words-of-init   class: AUDIT
# expect-phase: failed   expect-exit: 5   expect-json: {"own": 1}
# expect-stdout: ^written [1-9]
# expect-audit: workload_exited exitCode=5   expect-not-audit: egress_denied
# expect-not-audit: quota_kill   expect-audit: result_rejected reason=framing
# Init's own words (started, output, result, count, exit) on every descriptor
# that a program finds, to every socket with a name and to a second init: they
# are bytes like others. On the result channel they are no result.
import os
import socket
import struct
import subprocess


def frame(kind, payload):
    return struct.pack(">BBHI", kind, 0, 0, len(payload)) + payload


words = (frame(17, b"") + frame(18, b"forged output\n") + frame(19, b'{"forged":1}') +
         frame(48, bytes(40)) + frame(21, struct.pack(">iI", 0, 0)) + frame(51, bytes(25)))
written = 0
for fd in map(int, os.listdir("/proc/self/fd")):
    try:
        written += os.write(fd, words)
    except OSError:
        pass
for line in open("/proc/net/unix"):
    name = line.split()[-1]
    if name.startswith("@"):
        with socket.socket(socket.AF_UNIX) as s:
            try:
                s.connect("\0" + name[1:])
                written += s.send(words)
            except OSError:
                pass
for args in (["python"], ["command", "--failpoint", "init-exit-before"], []):
    try:
        subprocess.run(["/usr/lib/enclave/enclave-init", *args], input=words, capture_output=True, timeout=2)
    except (OSError, subprocess.TimeoutExpired):
        pass
print("\nwritten", written, flush=True)
enclave.result({"own": 1})
os._exit(5)
