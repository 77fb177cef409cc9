# datetime, calendar, collections, heapq, weakref, enum, pprint, copy
import calendar, collections, copy, datetime, enum, graphlib, heapq, pprint, types, weakref
print(datetime.datetime(2024, 2, 29, 12) + datetime.timedelta(days=366), datetime.date.fromisocalendar(2025, 1, 1))
print(calendar.month(2024, 2))
print(collections.Counter("abracadabra").most_common(2), collections.deque(range(5), maxlen=3))
print(heapq.nsmallest(2, [5, 1, 4]), list(graphlib.TopologicalSorter({"a": {"b"}, "b": {"c"}}).static_order()))
class Color(enum.Flag):
    RED = enum.auto()
    BLUE = enum.auto()
print(Color.RED | Color.BLUE, list(Color), types.SimpleNamespace(a=1))
class Thing:
    pass
thing = Thing()
weakref.finalize(thing, print, "finalized")
ref = weakref.ref(thing)
del thing
print(ref(), copy.deepcopy({"a": [1, {2}]}))
pprint.pprint({"key%d" % n: list(range(n * 4)) for n in range(5)}, width=50)
