# one line of a megabyte, then a short one
print("x" * 200_000 + "end")
print("short")
