# os.write and a child's output beside buffered text
import os, subprocess, sys
print("first, by print")
os.write(1, b"second, by os.write\n")
sys.stderr.write("to stderr\n")
print("third", end="")
sys.stdout.flush()
subprocess.run(["echo", " fourth, by a child"])
os.write(1, b"fifth\n")
