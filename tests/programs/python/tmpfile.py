# a file that never has a name
# differs: guest-files@gvisor
import os
fd = os.open(".", os.O_TMPFILE | os.O_RDWR)
print(os.write(fd, b"x"), os.fstat(fd).st_nlink)
