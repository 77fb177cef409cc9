# a new file in a directory that was removed
# differs: guest-files@gvisor
import os
os.mkdir("d"); os.chdir("d"); os.rmdir("../d")
try:
    open("x", "w")
    print("works")
except FileNotFoundError as error:
    print(error)
