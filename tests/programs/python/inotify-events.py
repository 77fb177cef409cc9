# inotify by ctypes: which events operations give, in order
import ctypes, os, struct
libc = ctypes.CDLL(None); fd = libc.inotify_init1(os.O_NONBLOCK)
os.mkdir("d"); libc.inotify_add_watch(fd, b"d", 0xfff)
with open("d/f", "w") as f:
    f.write("x")
os.rename("d/f", "d/g"); os.chmod("d/g", 0o600); open("d/g").read(); os.unlink("d/g"); os.mkdir("d/s"); os.rmdir("d/s"); os.rmdir("d")
data = os.read(fd, 1 << 16); at = 0
while at < len(data):
    wd, mask, cookie, size = struct.unpack_from("iIII", data, at)
    print(wd, hex(mask), bool(cookie), data[at + 16:at + 16 + size].rstrip(b"\0")); at += 16 + size
