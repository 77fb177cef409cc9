# descriptor 1 moved to a file and back by dup2
import os, sys
print("before", flush=True)
saved = os.dup(1)
os.dup2(os.open("out.txt", os.O_CREAT | os.O_WRONLY), 1)
print("in the file", flush=True)
os.system("echo by a shell")
os.dup2(saved, 1)
print("after", open("out.txt").read())
