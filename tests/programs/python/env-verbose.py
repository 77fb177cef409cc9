# PYTHONINSPECT: the prompt after the program
# env: PYTHONINSPECT=1
# stdin: print(x)\n1/0\n
x = 5
print("main ends")
