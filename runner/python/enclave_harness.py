"""Runs a program as if python3 had been given its file.

A module of its own, so that it is compiled once, when the environment is made.
"""

import builtins
import os
import sys
import types

import enclave


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


def run(argv):
    """argv is [harness, program's file, its arguments ...]"""
    path = argv[1]
    sys.argv = argv[1:]
    sys.path[0] = os.path.dirname(path)
    builtins.enclave = enclave
    # Lines of a program that is killed are told, and none is late.
    sys.stdout.reconfigure(line_buffering=True)

    main = types.ModuleType("__main__")
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
