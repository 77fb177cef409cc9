# id: RC-02.garbage-result   class: MISLABEL
# expect-phase: succeeded   expect-json: null   expect-audit: result_rejected reason=framing
# A length that is a lie, and a program that ends in the middle of it.
import os, socket
channel = socket.socket(socket.AF_UNIX)
channel.connect("\0enclave-result")
channel.sendall(b"\xff\xff\xff\xff" + b"not a result" * 10)
channel.close()
enclave_gone = socket.socket(socket.AF_UNIX)
enclave_gone.connect("\0enclave-result")
enclave_gone.sendall(b"\0\0\0\4nu")
enclave_gone.shutdown(socket.SHUT_WR)
assert enclave_gone.recv(1) == b""
