"""Hostile: has one service, and tries to use another session's."""

import http.client
import os
import socket
import ssl
import urllib.parse

NOTES = urllib.parse.urlsplit(os.environ["ENCLAVE_SVC_NOTES"]).hostname
PAYMENTS = NOTES.replace("notes", "payments")
UPSTREAM = os.environ["UPSTREAM"]
SECONDS = 5


def ask(where, target, host=None, tls=None, wait=SECONDS):
    """The status of a response, or the name of the error; and the body."""
    kind = http.client.HTTPSConnection if tls else http.client.HTTPConnection
    more = {"context": tls} if tls else {}
    connection = kind(where, timeout=wait, **more)
    try:
        connection.request("GET", target, headers={"Host": host or where})
        response = connection.getresponse()
        return response.status, response.read().decode()
    except (OSError, http.client.HTTPException) as problem:
        return type(problem).__name__, ""
    finally:
        connection.close()


def trusting():
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


# Its own service is kept waiting until the other session has begun.
ask(NOTES, "/v1/hold", wait=60)

tried = {
    # The ungranted service, by its name and by each way to name it.
    "name": ask(PAYMENTS, "/v1/charges?hostile")[0],
    "host header": ask(NOTES, "/v1/charges?hostile", PAYMENTS)[0],
    "whole URL": ask(NOTES, f"http://{PAYMENTS}/v1/charges?hostile")[0],
    # The same server, from within the granted service's part of it.
    "dots": ask(NOTES, "/../payments/v1/charges?hostile")[0],
    "encoded dots": ask(NOTES, "/%2e%2e/payments/v1/charges?hostile")[0],
    # Around its own gate, and through the other session's.
    "TLS": ask(UPSTREAM, "/payments/v1/charges?direct", tls=trusting())[0],
}
for address in ("198.18.0.1", "198.18.0.2", "198.18.16.0", "198.18.16.1"):
    tried[address] = ask(address, "/v1/charges?gate", PAYMENTS)[0]
try:
    socket.create_connection((UPSTREAM, 80), SECONDS).close()
    tried["TCP"] = "accepted"
except OSError as problem:
    tried["TCP"] = type(problem).__name__

# The credential that it may use, but not have.
print(ask(NOTES, "/v1/echo")[1])
for name, value in os.environ.items():
    print(name, value)

enclave.result(tried)
