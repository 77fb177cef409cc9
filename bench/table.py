"""Figures: what was measured, against what, and whether that is enough."""

import json
from dataclasses import asdict, dataclass
from typing import Optional


@dataclass
class Figure:
    figure: str
    value: float
    unit: str
    baseline: Optional[str] = None
    ratio: Optional[float] = None
    target: Optional[float] = None  # of the ratio, if there is one
    least: bool = False             # the target is a minimum
    spread: Optional[tuple] = None  # least and greatest ratio of a round

    @property
    def met(self):
        if self.target is None:
            return None
        measured = self.value if self.ratio is None else self.ratio
        return (measured >= self.target if self.least
                else measured <= self.target)

    def row(self):
        """As latest.json has it."""
        fields = asdict(self) | {"met": self.met}
        fields.pop("least")
        if self.spread is not None:
            fields["spread"] = [round(one, 4) for one in self.spread]
        return {key: round(value, 4) if isinstance(value, float) else value
                for key, value in fields.items()}


def show(figures):
    print(f"{'figure':44}{'value':>12}      {'against':16}{'ratio':>8}"
          f"{'target':>9}{'':9}{'rounds':>12}")
    for one in figures:
        ratio = "" if one.ratio is None else f"{one.ratio:.2f}"
        target = "" if one.target is None else (
            f"{'>=' if one.least else '<='} {one.target:g}")
        verdict = {None: "", True: "met", False: "NOT MET"}[one.met]
        spread = "" if one.spread is None else (
            "{:.2f} - {:.2f}".format(*one.spread))
        print(f"{one.figure:44}{one.value:12.2f} {one.unit:5}"
              f"{one.baseline or '':16}{ratio:>8}{target:>9}  {verdict:7}"
              f"{spread:>12}".rstrip())


def write(figures, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([one.row() for one in figures], indent=1) + "\n")
