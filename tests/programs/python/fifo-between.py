# a named pipe between parent and child
import os, stat
os.mkfifo("pipe")
print(stat.filemode(os.stat("pipe").st_mode))
try:
    os.open("pipe", os.O_WRONLY | os.O_NONBLOCK)
except OSError as error:
    print(error)
pid = os.fork()
if pid == 0:
    with open("pipe", "w") as f:
        f.write("through the pipe\n")
    os._exit(0)
with open("pipe") as f:
    print(f.read(), end="")
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
