# characters of several bytes on standard input
# stdin: \u00e9\u65e5\U0001f600\n
import sys
line = sys.stdin.readline()
print(len(line), ascii(line), line)
