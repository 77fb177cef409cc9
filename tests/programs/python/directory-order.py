# listing while files are made and removed, many names, odd names
import os
os.mkdir("d")
for n in range(3000):
    open(f"d/{n}", "w").close()
print(len(os.listdir("d")), sum(1 for _ in os.scandir("d")))
for entry in os.scandir("d"):
    os.unlink(entry.path)
print(os.listdir("d"))
for name in "new\nline", " ", "-rf", "é", "日本", "a" * 255, "\udcff", "tab\t", "*":
    open("d/" + name, "w").close()
print(sorted(ascii(name)[:20] for name in os.listdir("d")), sorted(os.listdir(b"d"))[-1][:3])
try:
    os.rmdir("d")
except OSError as error:
    print(error)
