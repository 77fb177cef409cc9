# PYTHONUNBUFFERED: order against os.write
# env: PYTHONUNBUFFERED=1
import os, sys
sys.stdout.write("one ")
os.write(1, b"two ")
print("three")
print(sys.stdout.write_through, sys.stdout.line_buffering, type(sys.stdout.buffer).__name__)
