# python3 -m cProfile, trace, timeit and pdb of a helper file
# files: helper.py
import re, subprocess, sys
for words in ["cProfile", "helper.py"], ["trace", "--trace", "helper.py"], ["pdb", "-c", "continue", "helper.py"], ["py_compile", "helper.py"], ["compileall", "-q", "helper.py"], ["tabnanny", "-v", "helper.py"], ["dis", "helper.py"], ["ast", "helper.py"], ["tokenize", "-e", "helper.py"], ["pyclbr", "helper.py"], ["inspect", "helper"], ["json.tool", "--help"], ["zipfile", "-l", "none.zip"]:
    done = subprocess.run([sys.executable, "-m", *words], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    print(words[0], done.returncode, re.sub(r"\d+\.\d{3}|0x[0-9a-f]+", "T", done.stdout)[:600], done.stderr[-200:])
