# PYTHONIOENCODING for the three streams
# env: PYTHONIOENCODING=latin-1:replace
import sys
print(sys.stdin.encoding, sys.stdout.encoding, sys.stdout.errors, sys.stderr.encoding, sys.stderr.errors)
print("plain", "日".encode("latin-1", "replace"))
