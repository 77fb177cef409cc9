# standard input closed by the program
import os, subprocess, sys
sys.stdin.close()
try:
    input()
except ValueError as error:
    print(error)
print(subprocess.run([sys.executable, "-c", "import sys; print(sys.stdin)"], capture_output=True, text=True, stdin=None).stdout.split("'")[1])
