# a session's leader can't leave its process group
# differs: guest-processes@gvisor
import os
print(os.getsid(0) == os.getpid() == os.getpgid(0))
try:
    os.setpgid(0, 0)
except PermissionError as error:
    print(error)
