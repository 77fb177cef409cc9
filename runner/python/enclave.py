"""What a program in an Enclave sandbox can say beside its output.

    enclave.result({"answer": 285})

Every python3 of a session has this module as a builtin, too.
"""

import _socket  # socket would be a tenth of the interpreter's start
import time

__all__ = ["result"]

_ADDRESS = "\0enclave-result"  # enclave-init listens there
_MAX_BYTES = 1 << 20
_PAUSE_SECONDS = 0.005
_REFUSALS = {  # the answers of enclave-init: docs/protocol/runner.md
    1: "enclave-init could not read it",
    2: f"it has more than {_MAX_BYTES} bytes",
    3: "a name occurs twice in an object, or a number is too large",
    4: "it is nested more than 64 levels deep",
    5: "a string has half of a surrogate pair",
}


def _connect(channel):
    while True:
        try:
            return channel.connect(_ADDRESS)
        except BlockingIOError:  # gVisor lets nobody wait in a full queue
            time.sleep(_PAUSE_SECONDS)


def _deliver(data):
    """Hand the bytes over; return the answer, one byte."""
    channel = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    try:
        _connect(channel)
        channel.sendall(len(data).to_bytes(4, "big") + data)
        return channel.recv(1)
    finally:
        channel.close()


def _refuse(value):
    """Say what to do with a value that JSON doesn't have."""
    name = type(value).__name__
    for way in "to_dict", "tolist", "isoformat":  # pandas, numpy, datetime
        if callable(getattr(value, way, None)):
            raise TypeError(f"a result is JSON, and a {name} isn't: "
                            f"pass its .{way}()")
    raise TypeError(f"Object of type {name} is not JSON serializable")


def result(value):
    """Make value, as JSON, the session's result. The last call counts.

    When it returns, the result is out of the sandbox: it stays even if the
    program is killed. Raises TypeError for what JSON can't hold, ValueError
    for NaN, infinities, half surrogate pairs, cycles, equal names, more than
    64 levels and more than 1 MiB, OSError if it can't be delivered.
    """
    import json  # here, because most of a short program's start would be it

    text = json.dumps(value, allow_nan=False, ensure_ascii=False,
                      default=_refuse)
    data = text.encode("utf-8")
    if len(data) > _MAX_BYTES:
        raise ValueError(f"the result is {len(data)} bytes of JSON; "
                         f"at most {_MAX_BYTES} are kept")
    answer = _deliver(data)
    if answer == b"":
        raise OSError("the result was not delivered: enclave-init is gone")
    if answer != b"\0":
        why = _REFUSALS.get(answer[0], "enclave-init refuses it")
        raise ValueError(f"the result is not kept: {why}")
