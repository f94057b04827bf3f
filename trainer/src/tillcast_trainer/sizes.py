"""The sizes at which one fitted model can be had: its first trees, and a forest's trees cut back to fewer leaves."""

from dataclasses import dataclass

import numpy as np

from tillcast_trainer.members.learner import Fitted, Size

SHARES = (0.06, 0.09, 0.125, 0.18, 0.25, 0.35, 0.5, 0.71, 1.0)
"""Of the trees: steps of the square root of two, below which a boosted model has hardly begun."""

FEWEST_TREES = 8
"""A configuration that affords fewer trees than this is over the budget: nothing that is blended would be learnt from it."""


@dataclass(frozen=True)
class Offer:
    """A size and what it costs."""

    size: Size
    units: float

    def entry(self) -> dict[str, int | float | None]:
        """Its part of result.json."""
        return {"trees": self.size.trees, "leaves": self.size.leaves, "units": self.units}


def offers(fitted: Fitted) -> tuple[Offer, ...]:
    """What the blend may choose from, the whole model last."""
    trees = sorted({max(1, round(share * fitted.rounds)) for share in SHARES})
    found = []
    for leaves in fitted.leaf_bounds:
        units = fitted.units(leaves)
        found += [Offer(Size(count, leaves), float(units[count - 1])) for count in trees]
    return tuple(found)


def affordable(fitted: Fitted, units: float) -> tuple[Size, ...]:
    """For each bound on leaves the most trees within `units`; empty where that is not worth having."""
    found = []
    for leaves in fitted.leaf_bounds:
        trees = trees_within(fitted, leaves, units)
        if trees >= min(FEWEST_TREES, fitted.rounds):
            found.append(Size(trees, leaves))
    return tuple(found)


def trees_within(fitted: Fitted, leaves: int | None, units: float) -> int:
    """How many of the first trees score and explain a row within `units`."""
    return int(np.searchsorted(fitted.units(leaves), units, side="right"))


def column_of(member: str, size: Size, whole: Size) -> str:
    """The name of a size's column in oof.parquet (contracts/training-result.schema.json)."""
    if size == whole:
        return member
    return f"{member}@{size.trees}" if size.leaves is None else f"{member}@{size.trees}x{size.leaves}"
