# __pycache__ after imports, and a module changed on disk
# files: helper.py
import importlib, os, sys
import helper
print(os.listdir("__pycache__"), helper.__cached__, sorted(os.listdir(".")))
with open("helper.py", "a") as f:
    f.write("def thrice(n):\n    return 3 * n\n")
os.utime("helper.py", (2e9, 2e9))
importlib.invalidate_caches(); importlib.reload(helper)
print(helper.thrice(2), sys.path_importer_cache["/work"], helper.__spec__.origin)
