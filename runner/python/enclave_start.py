"""Runs in every python3 of a sandbox while it starts, by enclave.pth.

It gives the interpreter its builtin `enclave`. In the program itself, which
enclave-init starts with the variable ENCLAVE_START, it does two things more.
An interpreter that was started ahead of its session waits here, and is told on
descriptor 3 what to run: see docs/protocol/runner.md. And a thread makes what
the program prints visible within a tenth of a second. Then the interpreter
goes on by itself and runs its file.
"""

import _signal
import _thread  # threading would be a tenth of the interpreter's start
import atexit
import builtins
import gc
import os
import sys
import time

import enclave

_GO = 3
_PAUSE_SECONDS = 0.05
_PACKAGES = "/usr/lib/enclave/packages"
_STACK_BYTES = 256 << 10


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
    """Be as ready as can be, say so; take the arguments and variables."""
    exec(compile("0", "", "exec", dont_inherit=True), {})
    os.write(_GO, b"w")
    head = _read(8)
    count = int.from_bytes(head[:4], "big")
    texts = _read(int.from_bytes(head[4:], "big")).split(b"\0")[:-1]
    os.close(_GO)
    _take_environ(texts[count:])
    arguments = [os.fsdecode(text) for text in texts[:count]]
    sys.argv += arguments
    sys.orig_argv += arguments


class _Flusher:
    """Flushes standard output while a program runs.

    Python buffers what it writes to a pipe, which is cheap, but late. The text
    is flushed before a fork, so that it isn't there twice.
    """

    def __init__(self):
        # A signal's handler may fork while the lock is held.
        self.lock = _thread.RLock()
        self.stdout = sys.stdout
        self.buffer = sys.stdout.buffer
        self.over = False
        self.begun = _thread.allocate_lock()

    def flush(self):
        out = sys.stdout
        # What the program has put there may be anything: leave it alone.
        if type(out) is not type(self.stdout):
            out = self.stdout
        try:
            if out.buffer is self.buffer:
                out.flush()
        except (OSError, ValueError, RuntimeError):
            pass  # closed, detached or in use: the program will see it

    def run(self):
        sleep = time.sleep
        self.begun.acquire()
        while True:
            sleep(_PAUSE_SECONDS)
            with self.lock:
                if self.over:
                    return
                self.flush()

    def before_fork(self):
        self.lock.acquire()
        if not self.over:
            self.flush()

    def stop(self):
        # While python3 ends, the thread must not hold the buffer's lock, and
        # what is printed last is written because nobody refers to the stream.
        with self.lock:
            self.over = True
            self.stdout = self.buffer = None

    def prepare(self):
        """Start the thread, which is dear in gVisor, and let it wait."""
        self.begun.acquire()
        former = _thread.stack_size(_STACK_BYTES)
        # No signal may ever reach the thread: one that the program blocks would
        # end both.
        mask = _signal.pthread_sigmask(_signal.SIG_BLOCK,
                                       _signal.valid_signals())
        try:
            _thread.start_new_thread(self.run, ())
        except RuntimeError:
            sys.stdout.reconfigure(line_buffering=True)
        finally:
            _signal.pthread_sigmask(_signal.SIG_SETMASK, mask)
            _thread.stack_size(former)

    def begin(self):
        self.begun.release()
        atexit.register(self.stop)
        os.register_at_fork(before=self.before_fork,
                            after_in_parent=self.lock.release,
                            after_in_child=self.lock.release)


def _hint():
    """A line about the module that ended the program, if there is one.

    mkenv lists what other environments have, a module and a name a line.
    """
    error = getattr(sys, "last_value", None)
    if type(error) is not ModuleNotFoundError or not error.name:
        return
    module = error.name.partition(".")[0]
    try:
        with open(_PACKAGES, encoding="ascii") as file:
            for line in file:
                name, _, environment = line.strip().partition(" ")
                if name == module:
                    print(f"enclave: {name} is in the environment "
                          f"{environment}: --environment {environment}",
                          file=sys.stderr)
                    return
    except (OSError, ValueError, AttributeError):
        pass  # no list, or no stderr any more


def _freeze():
    """Spare the end of python3 a look through what is here now.

    That is half of its time. The program's module has to be taken apart, so it
    is made anew, as python3 made it.
    """
    gc.freeze()
    former = vars(sys.modules["__main__"])
    main = type(sys)("__main__")
    vars(main).update(former, __annotations__={})
    sys.modules["__main__"] = main


def start():
    builtins.enclave = enclave
    role = os.environ.pop("ENCLAVE_START", None)
    if role is None:
        return  # a process that the program started
    flusher = None
    if sys.stdout is not None and not sys.stdout.line_buffering and \
            not sys.stdout.write_through:
        flusher = _Flusher()
        flusher.prepare()
    if role == "wait":
        _wait()
    atexit.register(_hint)
    if flusher is not None:
        flusher.begin()
    _freeze()
