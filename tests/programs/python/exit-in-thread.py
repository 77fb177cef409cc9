# os._exit in a thread ends everything
import os, threading, time
def work():
    time.sleep(0.02)
    os.write(1, b"thread ends all\n")
    os._exit(11)
threading.Thread(target=work).start()
time.sleep(60)
