# a syntax error in the main file
print("never")
def f(x)
    return x
