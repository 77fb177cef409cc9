"""What a program in an Enclave sandbox can say beside its output.

    enclave.result({"answer": 285})

The module is also a builtin, so that no import is needed.
"""

import _thread  # threading would be a tenth of the interpreter's start
import os

__all__ = ["result"]

_CHANNEL = 3
_MAX_BYTES = 1 << 20
_lock = _thread.allocate_lock()

# The channel is the program's own: what it starts doesn't get it.
try:
    os.set_inheritable(_CHANNEL, False)
except OSError:
    pass  # not in a sandbox; result() will say so


def result(value):
    """Make value, as JSON, the session's result. The last call counts.

    Raises TypeError for what JSON can't hold, ValueError for NaN, infinities,
    lone surrogates, cycles and more than 1 MiB.
    """
    import json  # here, because most of a short program's start would be it

    text = json.dumps(value, allow_nan=False, ensure_ascii=False)
    data = text.encode("utf-8")
    if len(data) > _MAX_BYTES:
        raise ValueError(f"the result is {len(data)} bytes of JSON; "
                         f"at most {_MAX_BYTES} are kept")
    data = len(data).to_bytes(4, "big") + data
    with _lock:
        while data:
            data = data[os.write(_CHANNEL, data):]
