"""The file of a store as another program sees it: its pages, its tables.

Checksums are computed here anew, from the page alone (sqlite_check.h). Standard
library only.
"""

import contextlib
import os
import sqlite3
import zlib
from pathlib import Path

PAGE = 4096


def seal(page, number):
    """The page with its number and checksum, counted from 1."""
    body = page[:PAGE - 8] + number.to_bytes(4, "big")
    return body + zlib.crc32(body).to_bytes(4, "big")


def damaged(path):
    """Numbers of the pages whose checksum is wrong."""
    text = Path(path).read_bytes()
    return [at // PAGE + 1 for at in range(0, len(text), PAGE)
            if text[at:at + PAGE] != seal(text[at:at + PAGE], at // PAGE + 1)]


def put_log(path):
    """An empty log, of the store's owner, beside it."""
    log = Path(f"{path}-wal")
    log.touch(mode=0o600)
    os.chown(log, os.stat(path).st_uid, os.stat(path).st_gid)


@contextlib.contextmanager
def edited(path):
    """A connection to a closed store; afterwards it is whole again."""
    db = sqlite3.connect(path)
    try:
        yield db
        db.commit()
    finally:
        db.close()  # which takes the log away
    with open(path, "r+b") as file:
        for at in range(0, os.path.getsize(path), PAGE):
            file.seek(at)
            page = file.read(PAGE)
            file.seek(at)
            file.write(seal(page, at // PAGE + 1))
    put_log(path)


def rows(path, query):
    """What a query yields of a closed store, which stays as it is."""
    db = sqlite3.connect(f"file:{path}?immutable=1", uri=True)
    try:
        return db.execute(query).fetchall()
    finally:
        db.close()
