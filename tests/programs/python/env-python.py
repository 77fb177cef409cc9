# variables that change how python3 starts
# env: PYTHONOPTIMIZE=1 PYTHONWARNINGS=error PYTHONHASHSEED=5 PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=/work/lib:/none PYTHONINTMAXSTRDIGITS=640
import sys, warnings
assert False
print(__debug__, sys.flags.optimize, sys.warnoptions, hash("text"), sys.dont_write_bytecode, sys.path[:3], sys.get_int_max_str_digits())
try:
    warnings.warn("w")
except UserWarning as error:
    print(error)
