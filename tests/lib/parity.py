"""Holds the cases' differences between backends to docs/parity.md.

A case differs if its header has a key for one backend alone, if it doesn't
run on both, or if it asks which one it runs on. It then names rows of the table, by `parity: ID ...`, and each of
those rows names the case: nothing differs that isn't written down, nothing is
written down that no longer differs.
"""

import re

from enclave_test import TOP, header

PAGE = TOP / "docs/parity.md"


def rows():
    """{id: the ids of the cases that the row names}"""
    found = {}
    for line in PAGE.read_text().splitlines():
        match = re.match(r"\| `([a-z0-9-]+)` \|.*\| ([^|]*) \|$", line)
        if match:
            found[match.group(1)] = set(
                re.findall(r"[A-Z]{2}-\d\d\.[\w-]+", match.group(2)))
    return found


def named(paths):
    """(faults, {row: cases that name it}) of the cases' headers"""
    faults, found = [], {}
    for path in paths:
        facts = header(path.read_text())
        ids = " ".join(facts.get("parity", [])).split()
        both = "backends" not in facts or all(
            name in facts["backends"][0] for name in ("native", "gvisor"))
        differs = (not both or any("@" in key for key in facts) or
                   "ENCLAVE_BACKEND" in path.read_text())
        if differs != bool(ids):
            faults.append(f"{path.name}: it differs and names no row, or "
                          "names one and doesn't differ")
        for one in ids:
            found.setdefault(one, set()).add(path.stem)
    return faults, found


def parity_faults(paths):
    faults, found = named(paths)
    page = rows()
    if not page:
        faults.append(f"{PAGE}: no rows")
    for one in sorted(found.keys() - page.keys()):
        faults.append(f"docs/parity.md has no row {one}: "
                      f"{' '.join(sorted(found[one]))}")
    for one, cases in page.items():
        if cases != found.get(one, set()):
            faults.append(f"row {one} names {sorted(cases)}, and is named by "
                          f"{sorted(found.get(one, []))}")
    return faults
