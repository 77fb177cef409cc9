# bytes of standard input, by os.read and by the buffer
# stdin: ab\x01c\r\nd\te
import os, sys
print(os.read(0, 3))
print(sys.stdin.buffer.read(2), sys.stdin.buffer.peek()[:2], sys.stdin.read())
print(os.read(0, 10), sys.stdin.buffer.read(), sys.stdin.seekable(), sys.stdin.isatty())
