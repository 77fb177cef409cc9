# umask, modes of new files, chmod and what access says
import os, stat, tempfile
def mode(name):
    return stat.filemode(os.lstat(name).st_mode)
print(oct(os.umask(0o027)), oct(os.umask(0o027)))
open("f", "w").close(); os.mkdir("d"); os.close(os.open("g", os.O_CREAT | os.O_WRONLY, 0o777))
print(mode("f"), mode("d"), mode("g"))
os.chmod("f", 0o4755); print(mode("f"))
os.chmod("f", 0o000)
try:
    open("f")
except PermissionError as error:
    print(error)
print([os.access("f", kind) for kind in (os.F_OK, os.R_OK, os.W_OK, os.X_OK)])
os.chmod("d", 0o1777); print(mode("d"), mode(tempfile.mkdtemp()), mode(tempfile.mkstemp()[1]))
print(mode("/tmp"), mode("/work"), mode("/var/tmp"), mode("/dev/shm"), mode("/etc/passwd"), mode("main.py"))
