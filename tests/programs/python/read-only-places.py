# where a program may not write, and what it is told
# differs: read-only
import os
for path in "/x", "/usr/x", "/etc/passwd", "/bin/sh", "/proc/x", "/root/x", "/dev/x", "/usr/lib/python3/dist-packages/x.py":
    try:
        with open(path, "a"):
            print(path, "works")
    except OSError as error:
        print(type(error).__name__, path)
for path in "/work", "/tmp", "/var/tmp", "/dev/shm":
    open(path + "/file", "w").close(); print(path, os.path.getsize(path + "/file"))
