# sys.exit with None, numbers, texts and objects, in children
import subprocess, sys
for form in "None", "0", "5", "256", "-1", "2**40", "'text'", "[1]", "True", "()", "(3,)", "3.5", "SystemExit(4)":
    done = subprocess.run([sys.executable, "-c", f"import sys; sys.exit({form})"], capture_output=True, text=True)
    print(form, done.returncode, done.stderr.strip())
