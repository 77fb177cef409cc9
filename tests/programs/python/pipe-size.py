# how large a pipe can be made
import fcntl, os
r, w = os.pipe()
print(fcntl.fcntl(w, 1031, 1 << 17), fcntl.fcntl(w, 1032))
