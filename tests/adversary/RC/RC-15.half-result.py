# id: RC-15.half-result   class: MISLABEL
# expect-phase: failed   expect-exit: 5   expect-json: {"good": 1}
# After a good result another that is announced, begun and never finished: the
# last whole one counts, and nobody waits for the rest.
import os
import socket
import struct
enclave.result({"good": 1})
channel = socket.socket(socket.AF_UNIX)
channel.connect("\0enclave-result")
channel.sendall(struct.pack(">I", 1 << 20) + b'{"half": "')
os._exit(5)
