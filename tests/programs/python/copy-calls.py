# sendfile and copy_file_range
import os, shutil, socket
open("a", "wb").write(b"0123456789" * 100)
a, b = os.open("a", os.O_RDONLY), os.open("b", os.O_CREAT | os.O_RDWR)
print(os.copy_file_range(a, b, 500, 0, 0), os.sendfile(b, a, 0, 100), os.fstat(b).st_size)
s, t = socket.socketpair(); print(os.sendfile(s.fileno(), a, 10, 5), t.recv(99))
with open("a", "rb") as f:
    print(s.sendfile(f, 0, 7), t.recv(99))
print(shutil.copyfile("a", "c"), os.path.getsize("c"))
