# both streams, with and without flushes, in many pieces
import sys
for n in range(5):
    sys.stdout.write(f"out {n} ")
    sys.stderr.write(f"err {n} ")
    if n % 2:
        print(flush=True)
print(*"abc", sep="-", end="!\n", file=sys.stderr)
