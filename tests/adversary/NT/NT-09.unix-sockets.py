# id: NT-09.unix-sockets   class: ESC
# expect-phase: succeeded   expect-json: {"connected": []}
import socket
connected = []
for path in ("/var/run/docker.sock", "/run/enclave/enclave.sock", "/run/containerd/containerd.sock",
             "/run/dbus/system_bus_socket", "/dev/log", "\0/tmp/.X11-unix/X0", "\0enclave"):
    s = socket.socket(socket.AF_UNIX)
    try:
        s.connect(path)
        connected.append(path)
    except OSError:
        pass
enclave.result({"connected": connected})
