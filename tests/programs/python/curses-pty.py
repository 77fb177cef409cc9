# a pseudo-terminal: window size, echo, isatty, a child in it
import os, pty, termios, tty, fcntl, struct
main, other = pty.openpty()
print(os.isatty(other), os.ttyname(other).startswith("/dev/pts/"))
fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("4H", 30, 100, 0, 0)); print(os.get_terminal_size(other))
os.write(main, b"typed\n"); print(os.read(other, 99), os.read(main, 99))
tty.setraw(other); os.write(main, b"\x03"); print(os.read(other, 9))
pid, fd = pty.fork()
if pid == 0:
    os.execvp("sh", ["sh", "-c", "tty >/dev/null && echo in a terminal; stty size"])
text = b""
try:
    while piece := os.read(fd, 999):
        text += piece
except OSError as error:
    print(error)
print(text, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
