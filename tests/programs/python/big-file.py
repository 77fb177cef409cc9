# a file beyond four GiB, mostly hole
import os
with open("big", "wb") as f:
    f.seek(5 << 30); f.write(b"end")
with open("big", "rb") as f:
    f.seek(-3, 2); print(f.tell(), f.read(), os.stat("big").st_size)
    f.seek(1 << 32); print(f.read(4))
os.truncate("big", 1 << 40); print(os.path.getsize("big"))
try:
    os.truncate("big", (1 << 63) - 1); print("works")
except OSError as error:
    print(type(error).__name__)
