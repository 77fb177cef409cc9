# pages moved between a file and a pipe without a copy
# differs: splice
import os
with open("f", "wb") as file:
    file.write(b"12345678")
r, w = os.pipe()
print(os.splice(os.open("f", os.O_RDONLY), w, 8, 0), os.read(r, 9))
