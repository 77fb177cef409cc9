# pdb.post_mortem and the end of input in it
# stdin: p n\nu\nl\nbt\n
import pdb, sys, traceback
def inner(n):
    return 1 / n
try:
    inner(0)
except ZeroDivisionError:
    try:
        pdb.post_mortem()
    except BaseException as error:
        print(type(error).__name__)
print("end")
