# which modules are there before the program imports any
import sys
print(sorted(sys.modules))
print(sorted(n for n in globals()))
