# a script with a first line #!, executed
import os, subprocess
open("tool", "w").write("#!/usr/bin/env python3\nimport sys\nprint('tool', sys.argv)\n")
os.chmod("tool", 0o755)
print(subprocess.run(["./tool", "a"], capture_output=True, text=True))
open("sh-tool", "w").write("#!/bin/sh -e\necho \"$0 $1\"; false; echo no\n"); os.chmod("sh-tool", 0o755)
print(subprocess.run(["./sh-tool", "b"], capture_output=True, text=True))
open("no-line", "w").write("echo text\n"); os.chmod("no-line", 0o755)
for name in "./no-line", "./missing", "./main.py":
    try:
        print(subprocess.run([name], capture_output=True, text=True))
    except OSError as error:
        print(error)
