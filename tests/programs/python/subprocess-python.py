# python3 as a child: -c, -m, a file, a script on stdin, -i, its flags
import subprocess, sys
def run(*words, **kw):
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, **kw)
    print(words, done.returncode, done.stdout, done.stderr)
run("-c", "import sys; print(sys.argv, sys.path[0] == '', __name__)", "x")
run("-m", "base64", "-t")
run("-m", "timeit", "--help")
run("-", "a", input="import sys; print(sys.argv, __name__, '__file__' in globals())")
run("-S", "-c", "import sys; print('site' in sys.modules)")
run("-I", "-c", "import sys; print(sys.flags.isolated, sys.path[0])")
run("-c", "1/0"); run("none.py"); run("-m", "none"); run("-V"); run("-O", "-c", "assert 0; print(__debug__)")
run("-X", "dev", "-c", "import sys; print(sys.flags.dev_mode)"); run("-W", "error", "-c", "import warnings; warnings.warn('w')")
run("-q", "-i", input="1+1\n'x'\n")
run("-E", "-s", "-B", "-u", "-c", "import sys; print(sys.flags.ignore_environment, sys.dont_write_bytecode)")
