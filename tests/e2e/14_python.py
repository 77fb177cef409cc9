"""A python program ends as python3 lets it end, whoever runs it."""

import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from enclave_test import TOP, Server

LOUD = """
class Loud:
    def __init__(self, name): self.name = name
    def __del__(self): print("gone", self.name)
"""

# What each prints, and its status, is what python3 makes of it.
PROGRAMS = {
    "nothing": "pass",
    "no newline": "print('as it is', end='')",
    "a status": "import sys; sys.exit(3)",
    "no status": "import sys; sys.exit()",
    "a large status": "import sys; sys.exit(1 << 70)",
    "a negative status": "import sys; sys.exit(-2)",
    "true": "import sys; sys.exit(True)",
    "a sentence": "import sys; sys.exit('that is why')",
    "an exception": "def f(): raise ValueError('it')\nf()",
    "a syntax error": "print(1",
    "a global's end": LOUD + "a = Loud('a'); _b = Loud('b'); c = a",
    "no function refers to it": "import enum\nclass A:\n"
                                " __del__ = lambda s: print('gone')\na = A()",
    "a cycle's end": LOUD + "a = Loud('a'); a.me = a; del a",
    "a cycle's end, no collection": LOUD + (
        "import gc; gc.disable(); a = Loud('a'); a.me = a; del a"),
    "an end that fails": "class A:\n def __del__(self): raise OSError('x')\n"
                         "a = A()",
    "names at the end": LOUD + ("import json\nclass B(Loud):\n"
                                " def __del__(self): print(json, Loud)\n"
                                "b = B('b')"),
    "a generator's end": ("def f():\n try: yield 1\n"
                          " finally: print('finally')\ng = f(); next(g)"),
    "exit functions": ("import atexit\n"
                       "atexit.register(print, 'first')\n"
                       "atexit.register(lambda: atexit.register(print, 'in'))\n"
                       "atexit.register(lambda: 1 // 0)\n"
                       "atexit.register(print, 'last')"),
    "exit functions forgotten": ("import atexit\n"
                                 "atexit.register(print, 'never')\n"
                                 "atexit._clear()"),
    "exit functions by hand": ("import atexit\natexit.register(print, 'once')\n"
                               "atexit._run_exitfuncs(); print('on')"),
    "a finalizer": LOUD + ("import weakref\na = Loud('a')\n"
                           "weakref.finalize(a, print, 'finalized')"),
    "a thread goes on": ("import threading\ndef f():\n"
                         " threading.main_thread().join(); print('thread')\n"
                         "threading.Thread(target=f).start()\nprint('main')"),
    "a daemon does not": ("import threading, time\ndef f():\n"
                          " time.sleep(9); print('never')\n"
                          "threading.Thread(target=f, daemon=True).start()"),
    "a pool that is left": (
        "from concurrent.futures import ThreadPoolExecutor as P\n"
        "import time\np = P(2)\n"
        "p.submit(lambda: (time.sleep(0.1), print('done')))"),
    "exit in a thread": ("import sys, threading\n"
                         "t = threading.Thread(target=sys.exit, args=(4,))\n"
                         "t.start(); t.join(); print('on')"),
    "a file that is left": ("import os\npid = os.fork()\n"
                            "if pid == 0:\n"
                            " f = open('/tmp/left', 'w'); f.write('kept')\n"
                            " raise SystemExit(5)\n"
                            "print(os.waitpid(pid, 0)[1] >> 8,"
                            " open('/tmp/left').read())"),
    "a log that is left": ("import logging, os\npid = os.fork()\n"
                           "if pid == 0:\n"
                           " logging.basicConfig(filename='/tmp/log')\n"
                           " logging.warning('told')\n"
                           "else:\n os.waitpid(pid, 0)\n"
                           " print(open('/tmp/log').read())"),
    "a folder that is left": ("import os, tempfile\npid = os.fork()\n"
                              "t = tempfile.TemporaryDirectory(dir='/tmp')\n"
                              "if pid:\n os.waitpid(pid, 0)\n"
                              " print(len(os.listdir('/tmp')))"),
    "a module's end": LOUD + (
        "import sys, types\n"
        "m = types.ModuleType('m'); m.a = Loud('in m')\n"
        "sys.modules['m'] = m; del m\nz = Loud('z')"),
    "another stdout": ("import io, sys\n"
                       "sys.stdout = io.TextIOWrapper(io.FileIO(1, 'w'),"
                       " write_through=False)\nprint('late')"),
    "only like a file": (
        "import sys\nclass Tee:\n"
        " def __init__(self): self.text = ''\n"
        " def write(self, text): self.text += text\n"
        " def flush(self): sys.__stdout__.write(self.text.upper());"
        " self.text = ''\n"
        "sys.stdout = Tee()\nprint('held back')"),
    "no flush": ("import sys\nclass Out:\n def write(self, text): pass\n"
                 "sys.stdout = Out(); print('lost')"),
    "a stderr that fails": (
        "import sys\nclass Err:\n closed = False\n"
        " def write(self, text): pass\n"
        " def flush(self): raise OSError('no')\nsys.stderr = Err()"),
    "stdout closed": "import sys; print('early'); sys.stdout.close()",
    "stdout gone": "import os; print('lost', end=''); os.close(1)",
    "stdout none": "import sys; sys.stdout = None; sys.stderr = None",
    "children": ("import multiprocessing as m\nimport os\n"
                 "p = m.get_context('fork').Process(target=print,"
                 " args=('child',))\np.start(); p.join(); print(p.exitcode)"),
    "an interrupt": "raise KeyboardInterrupt",
    "a signal": "import os, signal; os.kill(os.getpid(), signal.SIGTERM)",
    "os._exit": "import os; print('x', flush=True); os._exit(6)",
    "exec": "import os; os.execvp('echo', ['echo', 'other'])",
    "in a coroutine": ("import asyncio\nasync def f():\n"
                       " try: await asyncio.sleep(9)\n"
                       " finally: print('finally')\n"
                       "async def main():\n"
                       " asyncio.create_task(f()); await asyncio.sleep(0.01)\n"
                       "asyncio.run(main())"),
}


def shown(session):
    """What a caller sees of its end.

    An address is its own.
    """
    result = session["result"]
    return (session["outcome"], result["exitCode"], result["signal"],
            result["stdout"], re.sub("0x[0-9a-f]+", "0x", result["stderr"]))


def compare(server, name):
    code = PROGRAMS[name]
    ours = server.run({"language": "python", "code": code})
    theirs = server.run({"command": ["python3", "main.py"], "files": [
        {"path": "main.py", "content": code}]})
    if shown(ours) != shown(theirs):
        return f"{name}: {shown(ours)}, python3: {shown(theirs)}"
    return None


def test_programs_end_as_python3_ends_them():
    with Server(pool=1) as server, ThreadPoolExecutor(4) as pool:
        failed = [text for text in pool.map(
            lambda name: compare(server, name), PROGRAMS) if text]
    assert not failed, "\n".join(failed)


# What a thread inherits at its start, and what is left to the program.
MASKS = """
import _thread, signal, sys
import enclave_start
def masked():
    return signal.pthread_sigmask(signal.SIG_BLOCK, [])
def start(run, args):
    start.masked = masked()
_thread.start_new_thread = start
signal.pthread_sigmask(signal.SIG_BLOCK, [40])
enclave_start._Flusher().prepare()
every = signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}
assert start.masked == every, every - start.masked
assert masked() == {40}, masked()
"""


def test_no_signal_reaches_the_thread_that_flushes():
    """One that the program blocks would end both."""
    subprocess.run([sys.executable, "-c", MASKS], check=True,
                   env={"PYTHONPATH": str(TOP / "runner/python"),
                        "PYTHONDONTWRITEBYTECODE": "1"})
    with Server(pool=0) as server:
        session = server.run({"language": "python", "code":
                              "import os, signal\n"
                              "signal.pthread_sigmask(signal.SIG_BLOCK, [40])\n"
                              "os.kill(os.getpid(), 40)\n"
                              "print(signal.sigpending())"})
        assert session["result"]["stdout"] == "{40}\n", session
