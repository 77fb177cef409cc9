# tls on loopback with a key of its own, checked and unchecked
# files: key.pem cert.pem
import http.client, http.server, socket, ssl, threading
server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER); server_side.load_cert_chain("cert.pem", "key.pem")
listener = socket.create_server(("127.0.0.1", 0)); port = listener.getsockname()[1]
def serve():
    while True:
        raw, _ = listener.accept()
        try:
            with server_side.wrap_socket(raw, server_side=True) as peer:
                peer.sendall(peer.recv(99).upper())
        except (ssl.SSLError, OSError):
            raw.close()
threading.Thread(target=serve, daemon=True).start()
trusting = ssl.create_default_context(cafile="cert.pem")
with trusting.wrap_socket(socket.create_connection(("127.0.0.1", port)), server_hostname="localhost") as s:
    s.sendall(b"hello"); print(s.recv(99), s.version(), s.cipher()[0], s.getpeercert()["subject"])
for context, name in (ssl.create_default_context(), "localhost"), (trusting, "other.example"):
    try:
        context.wrap_socket(socket.create_connection(("127.0.0.1", port)), server_hostname=name)
    except ssl.SSLCertVerificationError as error:
        print(error.verify_code, error.verify_message)
