# much text at once, by print and by pieces
import sys
for n in range(20000):
    print(n)
sys.stdout.writelines(f"{n}," for n in range(1000))
print()
