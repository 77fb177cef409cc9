# carets under parts of lines, wide letters, several lines
def f(x):
    return x
data = {"ключ": [1, 2], "k": None}
total = (f(1) +
         f(2) + data["ключ"][0] + data["k"]["日本"] +
         f(3))
