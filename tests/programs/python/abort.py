# os.abort: the status of SIGABRT, text lost
import os
print("lost")
os.abort()
