# PYTHONDEVMODE and PYTHONTRACEMALLOC: warnings about what is left open
# env: PYTHONDEVMODE=1 PYTHONTRACEMALLOC=1
import faulthandler, gc, sys
def leave():
    open("main.py")
leave()
gc.collect()
print(sys.flags.dev_mode, faulthandler.is_enabled())
