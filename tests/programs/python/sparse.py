# a sparse file larger than the tmpfs
# differs: guest-files@gvisor
# limits: diskMb=64
import os
with open("big", "wb") as f:
    f.truncate(1 << 30)
print(os.path.getsize("big"), os.stat("big").st_blocks)
with open("big", "r+b") as f:
    f.seek((1 << 30) - 4); f.write(b"tail")
print(open("big", "rb").read(4), os.stat("big").st_blocks * 512 < 1 << 20)
