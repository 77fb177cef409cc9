# standard error: buffering, backslashes, writes by C
import os, sys
print(sys.stderr.line_buffering, sys.stderr.errors, sys.stderr.write_through, file=sys.stderr)
sys.stderr.write("half \ud800\n")
os.write(2, b"raw\n")
sys.stderr.buffer.write(b"by the buffer\n")
sys.stderr.flush()
sys.stderr = None
1 / 0
