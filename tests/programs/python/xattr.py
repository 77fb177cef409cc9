# attributes of files
# differs: xattr
import os
open("f", "w").close()
os.setxattr("f", "user.note", b"v")
print(os.getxattr("f", "user.note"), os.listxattr("f"))
