# numpy, pandas and pillow: output, files and errors, if they are there
import importlib.util
for name in "numpy", "pandas", "matplotlib", "PIL", "scipy", "yaml", "requests", "dateutil":
    print(name, importlib.util.find_spec(name) is not None)
try:
    import numpy
    print(numpy.arange(6).reshape(2, 3).T @ numpy.ones(2), numpy.linspace(0, 1, 3))
except ImportError as error:
    print(error)
