# recursion far beyond the usual limit, in Python and in C, and a crash
import json, re, subprocess, sys
sys.setrecursionlimit(30_000)
def down(n):
    return n if n == 0 else down(n - 1)
print(down(25_000))
nested = "[" * 20_000 + "]" * 20_000
print(len(repr(json.loads(nested)[0])[:3]))
crash = "import sys; sys.setrecursionlimit(10**8)\nclass A:\n    def __repr__(self): return repr(self)\nrepr(A())"
print(subprocess.run([sys.executable, "-c", crash], capture_output=True).returncode)
