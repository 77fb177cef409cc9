# descriptor 1 closed below buffered text: status 120
import os
print("lost")
os.close(1)
