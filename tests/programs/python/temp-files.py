# tempfile in its kinds: where, what is left
import os, tempfile
print(tempfile.gettempdir(), os.listdir("/tmp"), os.listdir("/var/tmp"))
with tempfile.NamedTemporaryFile("w+", suffix=".txt", delete=True) as f:
    f.write("text"); f.flush()
    print(os.path.dirname(f.name), open(f.name).read())
print(os.path.exists(f.name))
with tempfile.TemporaryFile() as f:
    f.write(b"abc"); f.seek(0); print(f.read(), isinstance(f.name, int))
with tempfile.SpooledTemporaryFile(max_size=4) as f:
    f.write(b"abc"); print(f._rolled); f.write(b"defg"); print(f._rolled)
with tempfile.TemporaryDirectory(dir=".") as d:
    open(os.path.join(d, "x"), "w").close()
print(os.path.exists(d), os.listdir("/tmp"), sorted(os.listdir(".")))
