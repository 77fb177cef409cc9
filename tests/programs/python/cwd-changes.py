# cwd given up, removed and reached by descriptor
import os, sys
os.mkdir("d"); os.chdir("d"); os.rmdir("../d")
try:
    os.getcwd()
except FileNotFoundError as error:
    print(error)
print(sys.path[0], __file__)
fd = os.open("/tmp", os.O_PATH | os.O_DIRECTORY); os.fchdir(fd); print(os.getcwd(), os.readlink(f"/proc/self/fd/{fd}"))
os.close(os.open("rel", os.O_CREAT | os.O_WRONLY, dir_fd=fd)); print(os.listdir(fd))
import json
