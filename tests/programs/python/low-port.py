# binding to a port below 1024
# differs: guest-network@gvisor
import socket
try:
    socket.create_server(("127.0.0.1", 80)).close()
    print("works")
except OSError as error:
    print(error)
