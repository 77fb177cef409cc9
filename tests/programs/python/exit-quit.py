# quit() closes standard input; exit functions still run
import atexit
atexit.register(print, "exit function")
try:
    quit(6)
finally:
    print("finally")
