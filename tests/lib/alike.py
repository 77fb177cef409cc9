"""Whether work of several kinds takes alike, on a machine that others use, too.

What else runs only adds to it, so the least of each kind comes near the work's
own. A difference of the work itself stays, however often it is repeated; one
by chance goes away.
"""

PATIENCE = 20  # times that it is tried before a difference is one


def work_of(*pids):
    """The CPU time that processes have used, in nanoseconds."""
    total = 0
    for pid in pids:
        with open(f"/proc/{pid}/schedstat", encoding="utf-8") as found:
            total += int(found.read().split()[0])
    return total


def assert_alike(groups, factor, measure):
    """The most of a group is less than @factor of its least.

    groups: of kinds that should take alike. measure() tries each kind a few
    times and returns {kind: [what each took]}.
    """
    least = {}
    for _ in range(PATIENCE):
        for kind, found in measure().items():
            least[kind] = min(found + [least.get(kind, found[0])])
        apart = [{kind: least[kind] for kind in group} for group in groups
                 if max(least[kind] for kind in group) >=
                 factor * min(least[kind] for kind in group)]
        if not apart:
            return
    raise AssertionError(apart)
