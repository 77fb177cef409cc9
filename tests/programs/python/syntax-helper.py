# a syntax error in an imported file, and in exec and compile
# files: broken.py
try:
    exec("x = = 1")
except SyntaxError as error:
    print(error, error.filename, error.lineno, error.offset, repr(error.text))
try:
    compile("if", "<made up>", "exec")
except SyntaxError as error:
    print(error)
import broken
