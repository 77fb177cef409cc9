# zipimport, zipapp and a program in an archive
import os, subprocess, sys, zipapp, zipfile
with zipfile.ZipFile("lib.zip", "w") as z:
    z.writestr("zipped/__init__.py", "def f():\n    raise ValueError('in the archive')\n"); z.writestr("zipped/data.txt", "data")
sys.path.insert(0, "lib.zip")
import zipped, pkgutil, importlib.resources, traceback
print(zipped.__file__, type(zipped.__loader__).__name__, pkgutil.get_data("zipped", "data.txt"), importlib.resources.files("zipped").joinpath("data.txt").read_text())
try:
    zipped.f()
except ValueError:
    traceback.print_exc()
os.mkdir("app"); open("app/__main__.py", "w").write("import sys; print(__name__, sys.argv, sys.path[0])")
zipapp.create_archive("app", "app.pyz", interpreter="/usr/bin/env python3")
print(subprocess.run([sys.executable, "app.pyz", "x"], capture_output=True, text=True))
print(subprocess.run(["./app.pyz"], capture_output=True, text=True))
print(subprocess.run([sys.executable, "app"], capture_output=True, text=True).stdout)
