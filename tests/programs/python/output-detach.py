# detach() of standard output, and print afterwards
import sys
print("before")
raw = sys.stdout.detach()
raw.write(b"by the buffer\n")
try:
    print("after")
except ValueError as error:
    sys.stderr.write(f"{error}\n")
raw.flush()
