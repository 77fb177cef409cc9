# warnings with the source line, filters, a warning at import
import warnings
def old():
    warnings.warn("old is old", DeprecationWarning, stacklevel=2)
old()
warnings.warn("shown once")
for _ in range(2):
    warnings.warn("shown once")
"\d"
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always"); old()
print(len(caught), caught[0].lineno, caught[0].filename)
warnings.simplefilter("error")
try:
    old()
except DeprecationWarning as error:
    print(error)
warnings.resetwarnings(); open("main.py")
1 is 1
