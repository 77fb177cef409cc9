# runpy of modules, paths and packages
# files: helper.py pack/__init__.py pack/inner.py pack/__main__.py
import runpy, subprocess, sys
print(runpy.run_path("helper.py", {"given": 1}, "named")["__name__"], sorted(runpy.run_module("helper"))[:4])
runpy.run_module("pack", run_name="__main__", alter_sys=True)
print(subprocess.run([sys.executable, "-m", "pack", "a"], capture_output=True, text=True))
print(subprocess.run([sys.executable, "pack"], capture_output=True, text=True).stderr.splitlines()[-1:])
print(subprocess.run([sys.executable, "-m", "pack.inner"], capture_output=True, text=True))
