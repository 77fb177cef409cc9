# a null character in source given to exec
try:
    exec("a = 1\0")
except (SyntaxError, ValueError) as error:
    print(type(error).__name__, error)
import ast
print(ast.dump(ast.parse("x = [1]"), indent=1), ast.literal_eval("{'a': (1, 2)}"))
