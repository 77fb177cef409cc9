# what __del__ of a global can still do while the interpreter ends
import os, sys
class Late:
    def __init__(self, name):
        self.name = name
    def __del__(self):
        print(self.name, os.getcwd(), sys is None, len(sys.modules) > 0)
        try:
            import json
            print("json", json.dumps(1))
        except ImportError as error:
            print(type(error).__name__)
a = Late("global")
sys.kept = Late("in sys")
os.kept = Late("in os")
