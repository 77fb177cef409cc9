# struct, codecs, array and int.to_bytes in native and fixed order
import array, codecs, struct, sys
print(struct.calcsize("P"), struct.calcsize("lqh?"), struct.pack("@ci", b"x", 7), struct.pack(">hI", -2, 1))
print(sys.byteorder, array.array("l", [1, -1]).tobytes().hex(), array.array("u", "hé").itemsize)
print((258).to_bytes(4, "big"), int.from_bytes(b"\xff\xfe", "little", signed=True))
print(codecs.encode("Hello", "rot13"), codecs.decode(b"aGk=", "base64"), codecs.lookup("latin1").name)
for name in "utf-8", "utf-16", "cp437", "shift_jis", "gb18030", "koi8-r", "idna", "punycode", "big5":
    try:
        print(name, "é日ж".encode(name))
    except UnicodeError as error:
        print(name, type(error).__name__, error)
try:
    struct.unpack("i", b"abc")
except struct.error as error:
    print(error)
