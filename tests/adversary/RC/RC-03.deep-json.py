# id: RC-03.deep-json   class: MISLABEL
# expect-phase: succeeded   expect-json: null   expect-audit: result_rejected reason=depth
import socket, struct
text = b"[" * 5000 + b"]" * 5000
channel = socket.socket(socket.AF_UNIX)
channel.connect("\0enclave-result")
channel.sendall(struct.pack(">I", len(text)) + text)
assert channel.recv(1) == b"\4"
