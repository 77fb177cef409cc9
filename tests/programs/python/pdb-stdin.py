# pdb reads its commands from standard input
# stdin: n\nn\np x\nw\nl\np undefined\nc\n
import pdb
def work():
    x = 1
    pdb.set_trace()
    x += 1
    x *= 5
    return x
print(work())
