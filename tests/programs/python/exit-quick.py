# os._exit loses buffered text
import os, sys
sys.stdout.write("lost\n")
sys.stderr.write("kept\n")
os.write(1, b"written\n")
os._exit(9)
