# what failed imports say
# files: pack/__init__.py pack/inner.py
for line in "import nothing", "import pack.nothing", "from pack import nothing", "from os import nothing", "import os.nothing", "from . import x", "import main.x", "from pack import *; print(inner.PLACE, NAME)":
    try:
        exec(line)
    except ImportError as error:
        print(line, "|", type(error).__name__, error, error.name)
