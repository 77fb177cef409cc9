# id: AP-50.half-bodies   class: HOSTDOS   kind: client
# Two hundred clients that may ask send a body of seven megabytes each, all but
# its last byte, and wait. The server holds a bounded part of that, tells the
# others that it is busy, goes on serving, and has all its memory back when they
# are gone.
import os
import socket
import threading
import time
from adversary_oracle import memory_of
from enclave_client import Client
from enclave_test import Server, wait_until
from pace import paced

MANY, LARGE, HELD = 200, 7 << 20, 128 << 20
HEAD = (b"POST /v1/sessions HTTP/1.1\r\nHost: x\r\n"
        b"Content-Type: application/json\r\n%s\r\n\r\n")
WAYS = (HEAD % (b"Content-Length: %d" % (LARGE + 1)),
        HEAD % b"Transfer-Encoding: chunked" + b"%x\r\n" % (LARGE + 1))
body = b" " * LARGE

with Server(pool=0) as server:
    api = next(pid for pid, name in server.children().items()
               if name == "enclave-api")
    before = memory_of(api)
    held, told, most = [], [], before

    def send(number):
        s = socket.socket(socket.AF_UNIX)
        s.settimeout(20)
        s.connect(str(server.socket))
        held.append(s)
        try:
            s.sendall(WAYS[number % 2] + body)
        except OSError:
            pass  # it was answered before it was through
        s.settimeout(paced(0.5))
        try:
            told.append(s.recv(4096))
        except OSError:
            pass
    threads = [threading.Thread(target=send, args=(n,)) for n in range(MANY)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        most = max(most, memory_of(api))
        time.sleep(0.05)
    most = max(most, memory_of(api))
    print(f"{len(told)} told, {most >> 20} MiB at most")
    assert most < before + 2 * HELD, most
    # A small one is served meanwhile.
    assert server.run({"command": ["true"]})["outcome"] == "succeeded"
    for answer in told:
        assert answer.startswith(b"HTTP/1.1 429 ") and b'"busy"' in answer, answer
    assert MANY - HELD // LARGE <= len(told) + 1 and told, len(told)
    for s in held:
        s.close()
    wait_until(lambda: memory_of(api) < before + (4 << 20), 20,
               "the memory to be back")
