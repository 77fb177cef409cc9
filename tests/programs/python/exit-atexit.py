# SystemExit and os._exit inside exit functions
import atexit, os, sys
atexit.register(lambda: print("runs last"))
atexit.register(lambda: sys.exit(7))
print("end")
sys.exit(3)
