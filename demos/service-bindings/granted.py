"""Well-behaved: calls a service whose credential it never gets."""

import json
import os
import urllib.error
import urllib.request

BASE = os.environ["ENCLAVE_SVC_PAYMENTS"]


def call(method, path):
    request = urllib.request.Request(BASE + path, method=method)
    try:
        with urllib.request.urlopen(request, timeout=60) as reply:
            return reply.status, reply.headers, reply.read().decode()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.headers, refusal.read().decode()


def charge():
    return json.loads(call("POST", "/v1/charges")[2]).get("receipt")


receipts = [charge()]
# The service keeps this one waiting. Its credential is replaced meanwhile.
call("GET", "/v1/hold")
receipts.append(charge())

# This service gives away what it was sent, in a header and in many encodings.
_, headers, text = call("GET", "/v1/echo")
print(headers["X-Echo"])
print(text)

refused = [
    call("DELETE", "/v1/charges")[0],
    call("GET", "/v1/admin/keys")[0],
]

with open("/proc/self/environ", encoding="utf-8") as environment:
    print(environment.read().replace("\0", "\n"))

enclave.result({"base": BASE, "receipts": receipts, "refused": refused})
