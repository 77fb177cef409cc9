"""Runs a program as if python3 had been given its file.

A module of its own, so that it is compiled once, when the environment is made.
Without a file it waits, started and warm, and is told on descriptor 4 what to
run: see docs/protocol/runner.md.
"""

import atexit
import builtins
import gc
import os
import sys
from _weakref import ref

import enclave


_GO = 4
_UNTOLD = 120  # python3's status when its output could not be written


def _read(size):
    data = b""
    while len(data) < size:
        piece = os.read(_GO, size - len(data))
        if not piece:
            os._exit(1)  # no session will come
        data += piece
    return data


def _take_environ(variables):
    """What os.environ would be if they had been there from the start."""
    os.environ.clear()
    for variable in variables:
        name, equals, value = variable.partition(b"=")
        if name and equals and name not in os.environb:
            os.environb[name] = value


def _wait():
    """Be as ready as can be, say so; the program and its arguments."""
    exec(compile("0", "", "exec", dont_inherit=True), {})
    os.write(_GO, b"w")
    head = _read(8)
    count = int.from_bytes(head[:4], "big")
    texts = _read(int.from_bytes(head[4:], "big")).split(b"\0")[:-1]
    os.close(_GO)
    _take_environ(texts[count:])
    argv = [os.fsdecode(text) for text in texts[:count]]
    sys.orig_argv += argv
    return argv


def _die_of_interrupt():
    """What python3 itself does after an uncaught KeyboardInterrupt."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGINT)


def _report(error, frames_of_ours):
    """Print the traceback as python3 would, without our frames."""
    traceback = error.__traceback__
    for _ in range(frames_of_ours):
        traceback = traceback.tb_next
    error.__traceback__ = traceback
    sys.excepthook(type(error), error, traceback)


def _status_of(code):
    """What python3 makes of a SystemExit's code."""
    if code is None:
        return 0
    if not isinstance(code, int):
        return 1
    return code & 0xff if -1 << 63 <= code < 1 << 63 else 0xff


def _clear(module):
    """Names with an underscore first, as python3 does when it ends."""
    names = vars(module)
    for late in (False, True):
        for name in list(names):
            underscored = name[:1] == "_" and name[:2] != "__"
            if name != "__builtins__" and late != underscored:
                names[name] = None


def _is_closed(stream):
    """What only looks like a file may not know."""
    try:
        return bool(stream.closed)
    except Exception:
        return False


def _flush(status):
    """The status, or another if what was printed could not be told."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None and not _is_closed(stream):
                stream.flush()
        except Exception as error:
            status = _UNTOLD
            if stream is sys.stdout:
                print(f"Exception ignored in: {stream!r}\n"
                      f"{type(error).__name__}: {error}", file=sys.stderr)
    return status


def _leave(ending, ours):
    """The end of python3 for what is the program's, in python3's own order.

    The rest, all that the interpreter was started with, is left to the
    kernel: to take it apart would be most of a short session's time. What a
    program has put into a module of the interpreter's own stays with that.
    """
    if not ending["over"]:
        return  # called by hand
    status = _flush(ending["status"])
    if gc.isenabled():
        gc.collect()
    theirs = []
    for name in list(sys.modules):
        if name == "__main__" or name not in ours:
            if isinstance(sys.modules[name], type(sys)):
                theirs.append(ref(sys.modules[name]))
            sys.modules[name] = None
    for name in ("stdin", "stdout", "stderr"):
        setattr(sys, name, getattr(sys, f"__{name}__"))
    gc.collect()
    for module in reversed(theirs):
        if module() is not None:
            _clear(module())
    os._exit(status if status == _UNTOLD else _flush(status))


def main(argv):
    """argv is [harness] or [harness, program's file, its arguments ...]"""
    # Lines of a program that is killed are told, and none is late.
    sys.stdout.reconfigure(line_buffering=True)
    builtins.enclave = enclave
    argv = argv[1:] or _wait()
    ending = {"status": 0, "over": False}
    atexit.register(_leave, ending, frozenset(sys.modules))  # the last to run
    # What is here now stays to the end, and needn't be looked through.
    gc.freeze()
    try:
        _run(argv, ending)
    finally:
        ending["over"] = True


def _run(argv, ending):
    path = argv[0]
    sys.argv = argv
    sys.path[0] = os.path.dirname(path)
    main = type(sys)("__main__")
    main.__file__ = path
    main.__builtins__ = builtins
    sys.modules["__main__"] = main
    try:
        with open(path, "rb") as file:
            source = file.read()
        code = compile(source, path, "exec", dont_inherit=True)
        exec(code, main.__dict__)
    except SystemExit as error:
        ending["status"] = _status_of(error.code)
        raise
    except BaseException as error:
        ending["status"] = 1
        _report(error, 1)
        if isinstance(error, KeyboardInterrupt):
            sys.stdout.flush()
            _die_of_interrupt()
        raise SystemExit(1) from None
