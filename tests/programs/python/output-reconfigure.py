# reconfigure of encoding, errors, newlines and buffering
import sys
print(sys.stdout.line_buffering)
sys.stdout.reconfigure(line_buffering=True, encoding="ascii", errors="backslashreplace", newline="\r\n")
print("é", sys.stdout.line_buffering, sys.stdout.encoding)
sys.stdout.reconfigure(encoding="utf-8", errors="strict", newline="\n")
try:
    print("\udc80")
except UnicodeEncodeError as error:
    print(error)
sys.stdout.reconfigure(errors="surrogateescape"); print("\udcff")
