"""Feeds cases to the drivers: length-prefixed in, answers out."""

import os
import struct
import subprocess
import threading
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent.parent
BUILD = Path(os.environ.get("ENCLAVE_BUILD", TOP / "build/release"))


def driver(name):
    return str(BUILD / f"driver_{name}")


class Driver:
    """One process that judges case after case."""

    def __init__(self, name, *arguments):
        self.process = subprocess.Popen([driver(name), *arguments],
                                        stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)

    def feed(self, cases):
        """All of them, in a thread: the answers are read meanwhile."""
        def write():
            pipe = self.process.stdin
            for case in cases:
                pipe.write(struct.pack(">I", len(case)))
                pipe.write(case)
            pipe.close()
        self.writer = threading.Thread(target=write)
        self.writer.start()

    def read(self, length):
        data = self.process.stdout.read(length)
        assert len(data) == length, "the driver ended early"
        return data

    def read_record(self):
        return self.read(struct.unpack(">I", self.read(4))[0])

    def end(self):
        self.writer.join()
        rest = self.process.stdout.read()
        code = self.process.wait()
        assert code == 0 and rest == b"", (code, rest[:100])


def verdicts(cases, *arguments):
    """The C verifier's verdict on each bundle, in order."""
    one = Driver("verdicts", *arguments)
    one.feed(cases)
    # As many answers as there were cases, whatever iterable they came from.
    answers = one.process.stdout.read()
    one.writer.join()
    assert one.process.wait() == 0
    return [byte - ord("0") for byte in answers]
