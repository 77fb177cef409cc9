# LANG=C and LC_ALL=POSIX: utf-8 mode by coercion
# env: LC_ALL=POSIX
import os, subprocess, sys
print(sys.flags.utf8_mode, sys.stdout.encoding, sys.stdout.errors, sys.stdin.errors, sys.getfilesystemencoding(), os.environ.get("LC_CTYPE"))
print("é日")
print(subprocess.run([sys.executable, "-c", "import sys; print(sys.stdout.encoding, sys.flags.utf8_mode)"], capture_output=True, text=True).stdout)
