# breakpoint() with PYTHONBREAKPOINT=0 and with a hook
# env: PYTHONBREAKPOINT=0
import os, sys
breakpoint()
print("went on")
os.environ["PYTHONBREAKPOINT"] = "builtins.print"
breakpoint("hook", 1)
sys.breakpointhook = lambda *args: print("own", args)
breakpoint(2)
