# errors in __del__ and in callbacks, and the hook for them
import sys, gc
class Bad:
    def __del__(self):
        raise ValueError("in __del__")
b = Bad()
del b
def hook(args):
    print("hook", args.exc_type.__name__, args.err_msg, args.object.__qualname__)
sys.unraisablehook = hook
b = Bad()
del b
sys.unraisablehook = sys.__unraisablehook__
kept = Bad()
print("end")
