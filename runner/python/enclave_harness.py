"""Runs a program as if python3 had been given its file.

A module of its own, so that it is compiled once, when the environment is made.
Without a file it waits, started and warm, and is told on descriptor 4 what to
run: see docs/protocol/runner.md.
"""

import builtins
import gc
import os
import sys

import enclave


_GO = 4


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


def main(argv):
    """argv is [harness] or [harness, program's file, its arguments ...]"""
    # Lines of a program that is killed are told, and none is late.
    sys.stdout.reconfigure(line_buffering=True)
    builtins.enclave = enclave
    # What is here now stays to the end: going through it again and again
    # would be most of what the interpreter does when it exits.
    gc.freeze()
    _run(argv[1:] or _wait())


def _run(argv):
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
    except SystemExit:
        raise
    except BaseException as error:
        _report(error, 1)
        if isinstance(error, KeyboardInterrupt):
            sys.stdout.flush()
            _die_of_interrupt()
        raise SystemExit(1) from None
