# id: RS-29.ptys   class: PEERDOS
# expect-phase: succeeded   expect-exit: 0   expect-stdout: ^16 ENOSPC$   expect-stdout@gvisor: ^64 $   parity: devices
# As many terminals as there are, each full in both directions, a foreground
# group and a window size for each: a fixed number, and no other session's.
import errno, fcntl, os, struct, termios
held, why = [], ""
while len(held) < 64:
    try:
        held.append(os.openpty())
    except OSError as error:
        why = errno.errorcode[error.errno]
        break
for pair in held:
    for fd in pair:
        os.set_blocking(fd, False)
    for fd in pair:
        try:
            for _ in range(64):
                os.write(fd, b"x" * 4096)
        except BlockingIOError:
            pass
    fcntl.ioctl(pair[0], termios.TIOCSWINSZ, struct.pack("4H", 50, 132, 0, 0))
print(len(held), why)
