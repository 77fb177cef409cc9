"""Building in a tree that other processes may build in at the same time."""

import fcntl
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def only_builder(tree):
    """Keep other builders out of a tree: neither meson nor ninja does.

    The lock lies beside the tree, since meson wants to make the tree itself.
    """
    lock = Path(f"{tree}.lock")
    lock.parent.mkdir(parents=True, exist_ok=True)
    with open(lock, "wb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
