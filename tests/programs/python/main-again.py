# the main file imported by its other name, and __main__ imported
import sys
print("running as", __name__)
marks = globals().setdefault("marks", [])
if __name__ == "__main__":
    import __main__, main
    print(__main__ is sys.modules["__main__"], __main__.marks is marks, main is __main__, main.__file__, main.__spec__.name)
    print(main.marks is marks, vars(sys.modules["__main__"]) is globals())
