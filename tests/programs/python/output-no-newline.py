# the last line has no end, on both streams
import sys
print("out", end="")
print("err", end="", file=sys.stderr)
