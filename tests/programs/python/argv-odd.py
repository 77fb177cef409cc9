# arguments: empty, with spaces, dashes, unicode
# args: '' 'a b' -c --help -- é日 '*' '$HOME' -
import sys
print(sys.argv, sys.orig_argv)
print(sys.flags, sys.executable, sys._xoptions, sys.warnoptions)
print(ascii(sys.argv[6]), len(sys.argv))
