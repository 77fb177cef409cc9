"""The servers of a test's world (world.py): HTTP, TLS, bytes; all manners.

An answer is a function of a Connection, called in a thread of its own. When it
returns the connection is closed; what it raises because the client left, or
because the test is over, is no fault.
"""

import hashlib
import json
import os
import socket
import ssl
import struct
import subprocess
import threading

from pace import paced

READ_BYTES = 256 << 10
KEPT_BYTES = 1 << 20  # of what a connection received; the rest is counted
BLOCK = hashlib.shake_256(b"enclave").digest(65521)  # prime: no offset repeats


class Connection:
    """One that an origin accepted, and what it brought."""

    def __init__(self, end, client, stopping):
        self.end, self.stopping = end, stopping
        self.client, self.client_port = client[:2]
        self.address, self.port = end.getsockname()[:2]
        self.hello = b""            # TLS: the first record, as it came
        self.name = None            # TLS: the name that it asked for (SNI)
        self.received = bytearray()  # at most KEPT_BYTES
        self.count = 0              # of all bytes received
        self.hash = hashlib.sha256()
        self.error = None           # why it didn't end well
        self.over = threading.Event()

    @property
    def digest(self):
        return self.hash.hexdigest()

    def read(self, size=READ_BYTES):
        """What comes next; empty at the end."""
        data = self.end.recv(size)
        self.received += data[:KEPT_BYTES - len(self.received)]
        self.count += len(data)
        self.hash.update(data)
        return data

    def read_exactly(self, size):
        data = b""
        while len(data) < size:
            more = self.read(size - len(data))
            if not more:
                raise EOFError
            data += more
        return data

    def read_line(self):
        line = b""
        while not line.endswith(b"\n"):
            line += self.read_exactly(1)
        return line

    def send(self, data):
        self.end.sendall(data)

    def pause(self, seconds):
        if self.stopping.wait(seconds):
            raise EOFError

    def finish(self):
        """Sends no more; reading goes on, but not below TLS."""
        if isinstance(self.end, ssl.SSLSocket):
            self.end = self.end.unwrap()
        self.end.shutdown(socket.SHUT_WR)

    def reset(self):
        """Ends it by RST."""
        self.end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                            struct.pack("ii", 1, 0))
        self.end.close()

    def start_tls(self, context):
        """The ClientHello is looked at before it is read."""
        peek = socket.MSG_PEEK | socket.MSG_WAITALL
        size, = struct.unpack("!H", self.end.recv(5, peek)[3:].rjust(2, b"\0"))
        self.hello = self.end.recv(5 + size, peek)

        def note(_end, name, _context):
            self.name = name
        context.sni_callback = note
        self.end = context.wrap_socket(self.end, server_side=True,
                                       do_handshake_on_connect=False)
        self.end.do_handshake()

    def run(self, answer, make_context):
        try:
            if make_context is not None:
                self.start_tls(make_context())
            answer(self)
        except EOFError:
            pass
        except (OSError, ValueError, struct.error) as error:
            self.error = error
        finally:
            self.end.close()
            self.over.set()

    def wait(self, seconds=20):
        """Itself, when it is over."""
        if not self.over.wait(paced(seconds)):
            raise TimeoutError(f"{self.address}:{self.port}: still open")
        return self

    def stop(self):
        try:
            self.end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


class Origin:
    """Accepts on a bound socket; make_context() is for TLS."""

    def __init__(self, end, answer, make_context=None):
        self.end, self.answer, self.make_context = end, answer, make_context
        self.connections = []
        self.stopping = threading.Event()
        end.listen(256)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while not self.stopping.is_set():
            try:
                end, client = self.end.accept()
            except OSError:
                return
            one = Connection(end, client, self.stopping)
            self.connections.append(one)
            threading.Thread(target=one.run, daemon=True, args=(
                self.answer, self.make_context)).start()

    def stop(self):
        self.stopping.set()
        try:
            self.end.shutdown(socket.SHUT_RDWR)  # accept() returns
        except OSError:
            pass
        for one in self.connections:
            one.stop()
        for one in self.connections:
            one.over.wait(paced(5))
        self.end.close()


# Answers in bytes.

def echo(connection):
    while data := connection.read():
        connection.send(data)
    connection.finish()


def sink(connection):
    """Reads to the end, then says how much it was."""
    while connection.read():
        pass
    connection.send(f"{connection.count} {connection.digest}\n".encode())


def blocks(size):
    """That many bytes, which tell a lost or a moved one."""
    while size > 0:
        yield BLOCK[:size]
        size -= len(BLOCK)


def digest_of_source(size):
    found = hashlib.sha256()
    for block in blocks(size):
        found.update(block)
    return found.hexdigest()


def source(size):
    """Sends, ends its half, and reads what the client still says."""
    def answer(connection):
        for block in blocks(size):
            connection.send(block)
        connection.finish()
        while connection.read():
            pass
    return answer


def endless(connection):
    while True:
        connection.send(BLOCK)


def silent(connection):
    """Reads, and never answers."""
    while connection.read():
        pass


def deaf(connection):
    """Neither reads nor answers, nor closes."""
    connection.stopping.wait()


def half_closing(connection):
    """Ends its half at once, and goes on reading."""
    connection.finish()
    while connection.read():
        pass


def resetting(after=0):
    """Resets the connection when that many bytes have come."""
    def answer(connection):
        connection.read_exactly(after)
        connection.reset()
    return answer


# Answers in HTTP.

class Request:
    """One that came over a connection; its body is read."""

    def __init__(self, connection):
        words = connection.read_line().decode("latin-1").split(" ")
        self.method, self.target = words[0], words[1] if words[1:] else ""
        self.headers = []
        while line := connection.read_line().strip():
            name, _, value = line.decode("latin-1").partition(":")
            self.headers.append((name, value.strip()))
        if self.header("transfer-encoding"):
            self.body = b"".join(self.chunks(connection))
        else:
            self.body = connection.read_exactly(
                int(self.header("content-length") or 0))

    def header(self, wanted):
        """Its first value, or None."""
        return next((value for name, value in self.headers
                     if name.lower() == wanted), None)

    @property
    def is_last(self):
        return (self.header("connection") or "").lower() == "close"

    @staticmethod
    def chunks(connection):
        while size := int(connection.read_line().split(b";")[0], 16):
            yield connection.read_exactly(size)
            connection.read_line()
        while connection.read_line().strip():
            pass


def head(status, headers):
    return "".join([f"HTTP/1.1 {status}\r\n",
                    *(f"{name}: {value}\r\n" for name, value in headers),
                    "\r\n"]).encode("latin-1")


def echoed(connection, request):
    """What was asked, as JSON."""
    return json.dumps({
        "method": request.method, "target": request.target,
        "headers": request.headers, "body": request.body.decode("latin-1"),
        "client": connection.client, "name": connection.name,
    }).encode()


def http(body=None, status="200 OK", headers=(), delay=0, pieces=1, pause=0,
         cut=None, close=False):
    """Answers requests with a body; without one with what was asked.

    After delay seconds, in pieces with a pause between, and of the body only
    the first cut bytes. The connection is closed then, with close, or if the
    client says so.
    """
    def answer(connection):
        while True:
            request = Request(connection)
            text = echoed(connection, request) if body is None else body
            connection.pause(delay)
            connection.send(head(status, [("Content-Length", len(text)),
                                          *headers]))
            text = b"" if request.method == "HEAD" else text[:cut]
            step = max(1, -(-len(text) // pieces))
            for at in range(0, len(text), step):
                connection.pause(pause if at else 0)
                connection.send(text[at:at + step])
            if close or cut is not None or request.is_last:
                return
    return answer


def http_endless(connection):
    """A body in chunks that has no end."""
    Request(connection)
    connection.send(head("200 OK", [("Transfer-Encoding", "chunked")]))
    while True:
        connection.send(b"%x\r\n%s\r\n" % (len(BLOCK), BLOCK))


def http_raw(text):
    """These bytes for each request, right or wrong."""
    def answer(connection):
        is_last = False
        while not is_last:
            is_last = Request(connection).is_last
            connection.send(text)
    return answer


def memory_file(text):
    fd = os.memfd_create("pem")
    os.write(fd, text.encode())
    return fd


class Authority:
    """A CA of this test alone; nothing of it is ever in a file."""

    CONFIG = "[req]\ndistinguished_name=dn\n[dn]\n"

    def __init__(self):
        self.pem = self.make("world", ["basicConstraints=critical,CA:TRUE",
                                       "keyUsage=critical,keyCertSign"])
        self.certificate = self.pem[self.pem.index("-----BEGIN CERT"):]

    def make(self, name, extensions, signer=None):
        """A key and its certificate."""
        files = [memory_file(self.CONFIG),
                 *([memory_file(signer)] if signer else [])]
        paths = [f"/proc/self/fd/{fd}" for fd in files]
        command = ["openssl", "req", "-x509", "-config", paths[0],
                   "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                   "-noenc", "-days", "30", "-subj", f"/CN={name}",
                   "-keyout", "-", "-out", "-"]
        if signer:
            command += ["-CA", paths[1], "-CAkey", paths[1]]
        for one in ("subjectKeyIdentifier=hash", *extensions):
            command += ["-addext", one]
        return self.run(command, files)

    @staticmethod
    def run(command, files):
        """What it prints; the files are closed."""
        try:
            return subprocess.run(command, check=True, text=True,
                                  stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL,
                                  pass_fds=files).stdout
        finally:
            for fd in files:
                os.close(fd)

    def expired(self, pem):
        """The same key and certificate, which was good until yesterday."""
        files = [memory_file(pem)]
        path = f"/proc/self/fd/{files[0]}"
        asked = self.run(["openssl", "x509", "-x509toreq", "-in", path,
                          "-signkey", path, "-copy_extensions", "copyall"],
                         files)
        files = [memory_file(asked), memory_file(self.pem)]
        paths = [f"/proc/self/fd/{fd}" for fd in files]
        return pem[:pem.index("-----BEGIN CERT")] + self.run(
            ["openssl", "x509", "-req", "-in", paths[0], "-CA", paths[1],
             "-CAkey", paths[1], "-set_serial", "2", "-days", "-1",
             "-copy_extensions", "copyall"], files)

    def context_maker(self, names, name="origin", trusted=True,
                      expired=False):
        """Contexts for servers that have these names and addresses.

        One that isn't trusted has signed its certificate itself.
        """
        def is_address(name):
            return ":" in name or name.replace(".", "").isdigit()
        named = ",".join(("IP:" if is_address(one) else "DNS:") + one
                         for one in names)
        pem = self.make(name, [
            *([f"subjectAltName={named}"] if names else []),
            *(["authorityKeyIdentifier=keyid"] if trusted else []),
            "extendedKeyUsage=serverAuth"], self.pem if trusted else None)
        if expired:
            pem = self.expired(pem)

        def make_context():
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            fd = memory_file(pem)
            try:
                context.load_cert_chain(f"/proc/self/fd/{fd}")
            finally:
                os.close(fd)
            return context
        return make_context
