# the names of __main__, of builtins, __builtins__, __spec__, __loader__
import builtins
print(sorted(globals()))
print(__name__, __doc__, __package__, __spec__, type(__loader__).__name__, __loader__.name, __loader__.path)
print(__file__, __builtins__ is builtins, __cached__ if "__cached__" in globals() else "no __cached__")
print(len([n for n in dir(builtins) if n[0].isupper()]), copyright.__class__, type(exit).__name__, repr(exit))
x: int = 1
print(__annotations__, help.__class__.__name__)
