# gc: thresholds, counts, cycles, callbacks, frozen objects
import gc, weakref
print(gc.isenabled(), gc.get_threshold(), gc.get_debug(), gc.garbage, gc.callbacks)
class Node:
    pass
a = Node(); a.me = a; ref = weakref.ref(a); del a
print(ref() is None, gc.collect() > 0, ref() is None)
gc.callbacks.append(lambda phase, info: print(phase, info["generation"])); gc.collect(0)
gc.callbacks.clear()
x = []; print(gc.is_tracked(x), gc.is_tracked(1), len(gc.get_referrers(x)) >= 1)
