# input() with nothing there, uncaught
print("asks")
name = input("name: ")
print("not reached")
