# a file with a byte order mark, run as a child
import subprocess, sys
open("bom.py", "wb").write(b"\xef\xbb\xbfprint('bom', __file__)\n")
print(subprocess.run([sys.executable, "bom.py"], capture_output=True, text=True))
open("bad.py", "wb").write(b"print('\xff')\n")
print(subprocess.run([sys.executable, "bad.py"], capture_output=True, text=True))
open("crlf.py", "wb").write(b"if 1:\r\n    print('crlf')\r\n")
print(subprocess.run([sys.executable, "crlf.py"], capture_output=True, text=True))
