"""How long tests took the last time: for order, and for the time that is left.

Kept in build/test-times.json, {kind: {name: seconds}}; a fresh clone has none.
"""

import fcntl
import json
from pathlib import Path

FILE = Path(__file__).resolve().parent.parent.parent / "build/test-times.json"


def read():
    try:
        return json.loads(FILE.read_text())
    except (OSError, ValueError):
        return {}


def slowest(count):
    """Lines of a table: seconds, kind and name of what takes longest."""
    rows = sorted(((seconds, kind, name) for kind, names in read().items()
                   for name, seconds in names.items()), reverse=True)
    return [f"{seconds:8.1f}  {kind:8}  {name}"
            for seconds, kind, name in rows[:count]]


class TestTimes:
    """Those of one kind."""

    def __init__(self, kind):
        self.kind, self.new = kind, {}
        self.old = read().get(kind, {})

    def known(self, name, otherwise):
        return self.old.get(name, otherwise)

    def note(self, name, seconds):
        self.new[name] = round(seconds, 1)

    def save(self):
        """Suites run beside each other, so others may have saved since."""
        FILE.parent.mkdir(parents=True, exist_ok=True)
        with open(FILE.with_suffix(".lock"), "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            kinds = read()
            kinds[self.kind] = {**kinds.get(self.kind, {}), **self.new}
            fresh = FILE.with_suffix(".new")
            fresh.write_text(json.dumps(kinds, indent=1, sort_keys=True))
            fresh.rename(FILE)
