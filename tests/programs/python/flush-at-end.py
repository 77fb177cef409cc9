# output in files, buffers and wrappers that nobody closes
import atexit, io, sys
left = open("left.txt", "w"); left.write("text")
extra = io.TextIOWrapper(open(1, "wb", closefd=False)); extra.write("by another wrapper\n")
dup = open(__import__("os").dup(1), "w"); dup.write("by a duplicate\n")
print("by print")
sys.kept = open("other.txt", "w"); sys.kept.write("x")
