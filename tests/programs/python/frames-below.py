# a traceback and a walk of frames end at <module> of the main file
import sys, threading, traceback
def frames():
    frame, names = sys._getframe(), []
    while frame:
        names.append((frame.f_code.co_filename, frame.f_code.co_name)); frame = frame.f_back
    return names
print(frames())
traceback.print_stack(file=sys.stdout)
def deep(n):
    return deep(n + 1)
try:
    deep(0)
except RecursionError as error:
    print(error, len(traceback.extract_tb(error.__traceback__)))
depth = 0
def count():
    global depth
    depth += 1
    count()
try:
    count()
except RecursionError:
    print(depth)
