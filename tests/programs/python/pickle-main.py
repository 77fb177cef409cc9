# pickled classes and functions of __main__ come back
import copyreg, pickle, pickletools, shelve
class Point:
    def __init__(self, x):
        self.x = x
    def __reduce__(self):
        return Point, (self.x,)
def plus(n):
    return n + 1
for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
    data = pickle.dumps([Point(3), plus], protocol)
    point, function = pickle.loads(data)
    print(protocol, len(data), point.x, function(1), type(point) is Point)
pickletools.dis(pickle.dumps(plus, 0))
for bad in lambda: pickle.dumps(lambda: 0), lambda: pickle.loads(b"c__main__\nNope\n."), lambda: pickle.loads(b"\x80"):
    try:
        bad()
    except Exception as error:
        print(type(error).__name__, str(error).split(" at ")[0])
with shelve.open("shelf") as shelf:
    shelf["a"] = {"b": [1, 2]}
print(dict(shelve.open("shelf")))
