# id: RC-13.two-writers   class: MISLABEL
# expect-phase: succeeded   expect-exit: 0   expect-stdout: ^whole b'.x00' 0$   expect-json: {"a": 12}
# Two processes deliver results at once, a byte at a time: neither sees the
# other's bytes, and each gets its answer.
import os
import socket
import struct
frame = struct.pack(">I", 9) + b'{"a": 12}'
child = os.fork()
with socket.socket(socket.AF_UNIX) as channel:
    channel.connect("\0enclave-result")
    for byte in frame:
        channel.send(bytes([byte]))
    answer = channel.recv(1)
if child == 0:
    os._exit(answer[0])
print("whole", answer, os.waitpid(child, 0)[1])
