# sys.exit("text"): on standard error, status 1
import sys
print("out")
sys.exit("the reason")
