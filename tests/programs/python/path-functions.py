# pathlib and os.path beside the program, with relative names
import os
from pathlib import Path
print(Path.cwd(), Path("x/../y").resolve(), os.path.abspath("."), Path.home(), os.path.expanduser("~/a"))
print(os.path.expanduser("~enclave"), os.path.expanduser("~nobody-here"), os.path.expandvars("$HOME/$NONE"))
Path("d/e").mkdir(parents=True)
Path("d/e/f.txt").write_text("text\n")
print(sorted(map(str, Path("d").rglob("*"))), Path("d/e/f.txt").read_bytes(), Path("d").is_dir())
print(Path("main.py").exists(), Path("main.py").stat().st_uid, Path("main.py").owner(), Path("main.py").group())
for action in (lambda: Path("d").rmdir(), lambda: Path("none").read_text(), lambda: Path("d/e/f.txt").mkdir()):
    try:
        action()
    except OSError as error:
        print(error)
os.chdir("d")
print(os.getcwd(), Path("..").resolve(), os.path.samefile("../main.py", "/work/main.py"))
