"""Whether work of several kinds takes alike, on a machine that others use, too.

Other programs only add time, so the least of each kind comes near the work's
own. A difference of the work itself stays, however often it is repeated; one
by chance goes away.
"""

from pathlib import Path

PATIENCE = 20  # times that it is tried before a difference is one


def work_of(*pids):
    """The CPU time that all threads of processes have used, in nanoseconds."""
    return sum(int(found.read_text().split()[0]) for pid in pids
               for found in Path(f"/proc/{pid}/task").glob("*/schedstat"))


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
