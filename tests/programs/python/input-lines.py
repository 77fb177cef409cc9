# input(), iteration and readline of standard input
# stdin: first\nsecond line\n\nfourth\nlast without end
import sys
print(repr(input("prompt> ")))
print(repr(sys.stdin.readline()))
print([line for line in sys.stdin])
try:
    input("more? ")
except EOFError as error:
    print(error)
