# select, poll and epoll on pipes, files and closed ends
import os, select
r, w = os.pipe(); f = os.open("f", os.O_CREAT | os.O_RDWR)
print(select.select([r], [w], [], 0) == ([], [w], []), select.select([f], [f], [], 0) == ([f], [f], []))
p = select.poll(); p.register(r); p.register(w); print([n for _, n in p.poll(0)])
os.write(w, b"x"); print([n for _, n in p.poll(0)])
os.close(w); p.unregister(w); print([n for _, n in p.poll(0)]); os.read(r, 1); print([n for _, n in p.poll(0)])
e = select.epoll()
try:
    e.register(f)
except PermissionError as error:
    print(error)
r, w = os.pipe(); e.register(w, select.EPOLLOUT | select.EPOLLET); print(e.poll(0) == [(w, 4)], e.poll(0)); os.close(r); print(e.poll(0) == [(w, 12)])
os.set_blocking(w, False)
r, w = os.pipe(); os.set_blocking(w, False)
try:
    while True:
        os.write(w, b"x" * 4096)
except BlockingIOError as error:
    print(error, len(os.read(r, 1 << 20)))
