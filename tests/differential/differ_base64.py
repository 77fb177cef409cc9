"""Our reader of base64 against Python's, told to be strict.

Python takes bits that are left over in the last letter; ours doesn't, so its
word is taken for a text that it would write itself.
"""

import base64
import binascii
import itertools
import random
import struct

import settings
from drivers import Driver

REFUSED = 0xffffffff
# A letter with bits left over and one without, all that has another meaning
# somewhere, and bytes that are none.
LETTERS = b"AQg/+=-_ \n\0\xff"


def pythons(text):
    try:
        decoded = binascii.a2b_base64(text, strict_mode=True)
    except binascii.Error:
        return None
    return decoded if base64.b64encode(decoded) == text else None


def texts():
    for length in range(5):
        for letters in itertools.product(LETTERS, repeat=length):
            yield bytes(letters)
    chance = random.Random(settings.seed)
    for _ in range(400000 if settings.full else 40000):
        text = bytearray(base64.b64encode(chance.randbytes(
            chance.randrange(40))))
        for _ in range(chance.randrange(3)):
            at = chance.randrange(len(text) + 1)
            text[at:at + chance.randrange(3)] = bytes(
                chance.choices(LETTERS, k=chance.randrange(3)))
        yield bytes(text)
    yield b"QQ==QQ=="


def test_each_text_means_what_python_says():
    cases = list(texts())
    one = Driver("base64")
    one.feed(cases)
    taken = 0
    for text in cases:
        length = struct.unpack(">I", one.read(4))[0]
        got = None if length == REFUSED else one.read(length)
        assert got == pythons(text), (text, got, pythons(text))
        taken += got is not None
    one.end()
    assert taken > 10000 and len(cases) - taken > 10000, (taken, len(cases))
    print(f"  {len(cases)} texts, {taken} of them base64")
