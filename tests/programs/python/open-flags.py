# flags of open: exclusive, append, directory, nofollow, path, tmpfile
import errno, os
def attempt(name, flags):
    try:
        fd = os.open(name, flags, 0o600); print(name, "works"); return fd
    except OSError as error:
        print(name, errno.errorcode[error.errno])
os.mkdir("d"); os.symlink("main.py", "l")
attempt("main.py", os.O_CREAT | os.O_EXCL | os.O_WRONLY); attempt("l", os.O_NOFOLLOW); attempt("main.py", os.O_DIRECTORY); attempt("d", os.O_WRONLY); attempt("d", os.O_CREAT); attempt("l", os.O_CREAT | os.O_EXCL); attempt("main.py/", 0); attempt("", 0); attempt("new/", os.O_CREAT); attempt("main.py", os.O_NOATIME); attempt("d/../d/.", os.O_DIRECTORY)
fd = attempt("a", os.O_CREAT | os.O_APPEND | os.O_WRONLY); os.write(fd, b"one"); os.pwrite(fd, b"two", 0); print(open("a").read(), os.lseek(fd, 0, 1))
fd = attempt("l", os.O_PATH | os.O_NOFOLLOW); print(os.readlink("", dir_fd=fd), os.fstat(fd).st_size)
print(os.path.samestat(os.stat("../main.py", dir_fd=os.open("d", os.O_RDONLY)), os.stat("main.py")))
