# a fork while text is still buffered, a child that ends like a program
import os, sys
print("buffered")
pid = os.fork()
if pid == 0:
    print("child")
    sys.exit(3)
print("parent", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
