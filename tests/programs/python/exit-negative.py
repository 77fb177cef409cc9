# sys.exit(-1), after unflushed text
import sys
sys.stdout.write("no newline")
sys.exit(-1)
