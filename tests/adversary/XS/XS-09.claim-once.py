# id: XS-09.claim-once   class: LATERAL
# expect-phase: succeeded   expect-stdout: ^nothing$
# expect-stdout@gvisor: ^\['/proc/1/fdinfo', '/proc/1/fdinfo'\]$   parity: proc
# The way by which an interpreter that waited was told what to run is gone, on
# both ends, before the first byte of a program: nobody can be told twice, and
# what was told is no one's to read.
import gc, os, socket, sys
found = []
mark = bytes(reversed(b"=DI_NOISSES_EVALCNE"))  # not as the source has it
for fd in range(3, 256):
    try:
        found.append((fd, os.readlink(f"/proc/self/fd/{fd}")))
    except OSError:
        pass
for fd in range(3):
    try:
        peer = socket.socket(fileno=os.dup(fd))
        found.append((fd, "a socket"))
        peer.close()
    except OSError:
        pass
for pid in (1, os.getppid()):
    for name in ("fd", "fdinfo", "mem", "environ", "maps"):
        try:
            path = f"/proc/{pid}/{name}"
            os.listdir(path) if name.startswith("fd") else open(path, "rb").read(1)
            found.append(path)
        except OSError:
            pass
frame = sys._getframe()
while frame is not None:
    found += [name for name, value in {**frame.f_locals}.items()
              if isinstance(value, bytes) and mark in value
              and value is not mark]
    frame = frame.f_back
found += [type(o) for o in gc.get_objects()
          if isinstance(o, list) and o and isinstance(o[0], bytes)
          and any(mark in part for part in o
                  if isinstance(part, bytes))]
print(found or "nothing")
