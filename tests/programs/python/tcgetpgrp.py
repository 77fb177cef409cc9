# tcgetpgrp() of what is no terminal
import os
try:
    os.tcgetpgrp(0)
except OSError as error:
    print(error)
