# os.walk, os.scandir, glob and fnmatch over a tree with hidden names
import fnmatch, glob, os
for name in "a/x.py", "a/.hidden", "a/b/y.py", "a/b/z.txt", "c/[odd]*.py":
    os.makedirs(os.path.dirname(name), exist_ok=True)
    open(name, "w").close()
os.symlink("../a", "c/link")
for top, dirs, files in os.walk("."):
    dirs.sort(); print(top, dirs, sorted(files))
print(sorted(glob.glob("**/*.py", recursive=True)), sorted(glob.glob("a/*")), glob.glob(glob.escape("c/[odd]*.py")))
with os.scandir("c") as entries:
    print(sorted((e.name, e.is_dir(), e.is_dir(follow_symlinks=False), e.is_symlink()) for e in entries))
print(fnmatch.filter(["a.py", "B.PY", "c.txt"], "*.py"))
for top, dirs, files, fd in os.fwalk("a"):
    print(top, sorted(files), os.stat("x.py" if "x.py" in files else "y.py", dir_fd=fd).st_size)
os.unlink("main.py"); print(os.path.exists("main.py"))
