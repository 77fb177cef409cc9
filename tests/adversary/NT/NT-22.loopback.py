# id: NT-22.loopback   class: COMPAT
# expect-phase: succeeded   expect-json: {"v4": "hello", "v6": "hello", "name": "hello", "unix": "hello"}
# expect-not-audit: egress_denied
# What a program serves itself goes on working.
import socket, threading
def talk(family, address, client):
    server = socket.socket(family)
    server.bind(address)
    server.listen()
    threading.Thread(target=lambda: server.accept()[0].sendall(b"hello")).start()
    target = client(server.getsockname())
    s = socket.create_connection(target, 3) if family != socket.AF_UNIX else socket.socket(family)
    if family == socket.AF_UNIX:
        s.connect(target)
    return s.recv(10).decode()
enclave.result({"v4": talk(socket.AF_INET, ("127.0.0.1", 0), lambda a: a),
                "v6": talk(socket.AF_INET6, ("::1", 0), lambda a: a[:2]),
                "name": talk(socket.AF_INET, ("127.0.0.1", 0), lambda a: ("localhost", a[1])),
                "unix": talk(socket.AF_UNIX, "/tmp/s", lambda a: a)})
