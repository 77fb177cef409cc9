"""A program of Enclave in which one line is wrong.

The source file with the wrong line is compiled as ninja would compile it, and
linked in front of the libraries, so that its functions take the place of the
right ones. That takes two seconds. The build tree isn't changed.
"""

import os
import shlex
import shutil
import subprocess
import tempfile
import unittest
from contextlib import contextmanager
from pathlib import Path

from enclave_test import BIN, TOP, LeftOut

TREE = Path(os.environ.get("ENCLAVE_TREE", TOP / "build/release"))


def commands_of(program):
    """The commands that make a program, as words; the link is last."""
    done = subprocess.run(["ninja", "-C", str(TREE), "-t", "commands",
                           f"src/bin/{program}"], check=True,
                          capture_output=True, text=True)
    return [shlex.split(line) for line in done.stdout.splitlines()
            if " -o " in line]


def instead(words, option, value):
    """The words with another value of an option."""
    at = words.index(option)
    return [*words[:at + 1], value, *words[at + 2:]]


def build(program, source, old, new, folder):
    """Makes folder/program, from a source in which `old` is replaced."""
    text = (TOP / source).read_text()
    assert text.count(old) == 1, f"{source} has {text.count(old)} of: {old}"
    wrong, compiled = folder / Path(source).name, folder / "wrong.o"
    wrong.write_text(text.replace(old, new))
    commands = commands_of(program)
    found = [words for words in commands if "-c" in words and
             Path(words[-1]).name == wrong.name and
             (TREE / words[-1]).resolve() == (TOP / source).resolve()]
    assert found, f"{program} isn't made of {source}"
    words = instead(instead(found[0], "-o", str(compiled)), "-MF",
                    str(folder / "wrong.d"))
    # Code that is left out may leave a variable unused.
    subprocess.run([*words[:-1], "-Wno-error", str(wrong)], cwd=TREE,
                   check=True, capture_output=True)
    words = instead(commands[-1], "-o", str(folder / program))
    first = next(at for at, word in enumerate(words) if word.endswith(".a"))
    subprocess.run([*words[:first], str(compiled), *words[first:]], cwd=TREE,
                   check=True, capture_output=True)


@contextmanager
def programs_with(program, source, old, new):
    """A folder with all programs, of which one has the wrong line."""
    if not (TREE / "build.ninja").exists():
        if "ENCLAVE_VM_KERNEL" in os.environ:
            raise LeftOut("the virtual machine has no build tree")
        raise unittest.SkipTest(f"{TREE} is no build tree: set ENCLAVE_TREE")
    folder = Path(tempfile.mkdtemp(prefix="enclave-mutant-"))
    try:
        for one in BIN.iterdir():
            if one.name != program:
                shutil.copy2(one, folder / one.name)
        build(program, source, old, new, folder)
        yield folder
    finally:
        shutil.rmtree(folder)
