# faulthandler's text for a crash, and the status
import faulthandler, ctypes, sys
print("before", faulthandler.is_enabled())
sys.stdout.flush()
faulthandler.enable(all_threads=False)
def crash():
    ctypes.string_at(0)
crash()
