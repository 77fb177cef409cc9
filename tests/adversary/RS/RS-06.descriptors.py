# id: RS-06.descriptors   class: HOSTDOS
# expect-phase: succeeded   expect-json: {"errno": 24}
import os
try:
    while True:
        os.open("/dev/null", os.O_RDONLY)
except OSError as e:
    number = e.errno
for fd in range(10, 100):
    os.close(fd)
enclave.result({"errno": number})
