# bytes through sys.stdout.buffer beside text
import sys
print("text first")
sys.stdout.flush()
sys.stdout.buffer.write(bytes(range(32, 127)) + b"\n")
sys.stdout.buffer.write("é".encode("latin-1") + b"\n")
print("text last")
