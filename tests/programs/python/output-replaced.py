# sys.stdout replaced by other objects, and by None
import io, os, sys
real, sys.stdout = sys.stdout, io.StringIO()
print("caught")
text, sys.stdout = sys.stdout.getvalue(), None
print("to nobody")
class Loud:
    def write(self, text):
        real.write(text.upper())
sys.stdout = Loud()
print("loud", repr(text))
sys.stdout = open("out.txt", "w", buffering=1)
print("in a file"); sys.stdout = real
print(open("out.txt").read(), end="")
del sys.stdout
try:
    print("gone")
except RuntimeError as error:
    print(error, file=real)
