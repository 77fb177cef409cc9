# rename over files, directories and across the writable places
import os
os.makedirs("full/sub"); os.mkdir("empty"); open("a", "w").write("a"); open("b", "w").write("b")
os.rename("a", "b"); print(open("b").read(), os.path.exists("a"))
os.replace("full", "empty"); print(os.listdir("empty"))
os.mkdir("other")
for action in (lambda: os.rename("other", "empty"), lambda: os.rename("b", "other"), lambda: os.rename("other", "b"), lambda: os.rename("empty", "empty/sub/x"), lambda: os.rename("none", "x"), lambda: os.rename("b", "/tmp/b"), lambda: os.rmdir("empty"), lambda: os.link("b", "/tmp/b"), lambda: os.unlink("other")):
    try:
        action(); print("works")
    except OSError as error:
        print(type(error).__name__, error.strerror)
