# memory maps: of files, shared with a child, resized, flushed
import mmap, os
with open("f", "wb") as f:
    f.write(b"hello world" + b"\0" * 4085)
with open("f", "r+b") as f, mmap.mmap(f.fileno(), 0) as m:
    print(len(m), m[:5], m.find(b"world")); m[0:5] = b"HELLO"; m.flush(); m.resize(8192); print(m.size())
print(open("f", "rb").read(11), os.path.getsize("f"))
m = mmap.mmap(-1, 4096)
if os.fork() == 0:
    m[:3] = b"kid"; os._exit(0)
os.wait(); print(m[:3])
with open("f", "rb") as f, mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ) as m:
    try:
        m[0] = 1
    except TypeError as error:
        print(error)
m = mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
print(len(m)); m.madvise(mmap.MADV_DONTNEED); print(m[0])
