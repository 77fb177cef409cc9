# id: RC-03.bad-json   class: MISLABEL
# expect-phase: succeeded   expect-json: null   expect-audit: result_rejected reason=json
import socket, struct
text = b'{"a": 1, "a": 2}'
channel = socket.socket(socket.AF_UNIX)
channel.connect("\0enclave-result")
channel.sendall(struct.pack(">I", len(text)) + text)
assert channel.recv(1) == b"\3"
