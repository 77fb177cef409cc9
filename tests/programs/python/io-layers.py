# raw, buffered and text layers of open()
import io, os
print([type(open("main.py", m, buffering=b)).__name__ for m, b in (("r", -1), ("rb", -1), ("rb", 0))])
with open("f", "w", newline="\r\n", encoding="utf-16") as f:
    f.write("a\nb"); print(f.encoding, f.newlines, f.line_buffering, f.buffer.raw.mode)
print(open("f", "rb").read())
with io.BytesIO(b"abc\ndef") as f:
    print(f.readline(), f.tell(), f.read1(), f.getvalue())
f = open("g", "w+"); f.write("one two"); print(os.path.getsize("g")); f.flush(); print(os.path.getsize("g")); f.seek(4); print(f.read())
for bad in lambda: open("f", encoding="ascii").read(), lambda: open("f", "rx"), lambda: open("main.py").write("x"), lambda: open("x", "w", buffering=0), lambda: open("/work"):
    try:
        bad()
    except (OSError, ValueError) as error:
        print(type(error).__name__, error)
print(io.DEFAULT_BUFFER_SIZE, io.open is open)
try:
    with open("/dev/full", "w") as full:
        full.write("x")
except OSError as error:
    print(error)
