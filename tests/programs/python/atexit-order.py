# exit functions, their errors, output and order against threads and files
import atexit, threading, time, weakref
def bad():
    raise ValueError("in an exit function")
atexit.register(print, "registered first")
atexit.register(bad)
atexit.register(print, "registered last")
class Late:
    def __del__(self):
        print("deleted late")
late = Late()
weakref.finalize(late, print, "finalizer")
threading.Thread(target=lambda: (time.sleep(0.05), print("thread ends"))).start()
threading._register_atexit(print, "threading's own")
f = open("left", "w"); f.write("flushed?"); print("main ends")
