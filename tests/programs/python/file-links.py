# symlinks, hard links, loops and dangling ones
import os, stat
open("a", "w").write("text")
os.symlink("a", "soft"); os.link("a", "hard"); os.symlink("none", "dangling"); os.symlink("loop", "loop")
print(os.readlink("soft"), os.stat("a").st_nlink, os.path.islink("soft"), os.path.exists("dangling"), os.path.lexists("dangling"))
print(os.stat("a").st_ino == os.stat("hard").st_ino, stat.filemode(os.lstat("soft").st_mode), os.lstat("soft").st_size)
for name in "dangling", "loop", "a/b", "x" * 256, "y/" * 2100:
    try:
        open(name)
    except OSError as error:
        print(type(error).__name__, error.errno, error.strerror)
os.unlink("a")
print(open("hard").read(), os.path.exists("soft"), os.path.realpath("soft"))
try:
    os.link("hard", "soft")
except FileExistsError as error:
    print(error)
