"""What a model costs to score and explain, in deterministic units (docs/adr/0010-latency-budget.md).

The same sums as packages/trees/src/cost.ts, in whole thousandths of a unit, so that both languages agree to the bit; contracts/cost-units.json
holds the coefficients, and tests on both sides hold the code to it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Whole = NDArray[np.int64]

MILLI = 1000

COEFFICIENTS = {
    "scoreModel": 200_000,
    "scoreTree": 500,
    "scoreStep": 1_500,
    "explainModel": 400_000,
    "explainTree": 20_000,
    "explainSplit": 3_000,
    "explainSplitNode": 1_250,
    "tableTree": 6_500,
    "tableFeature": 1_250,
}


@dataclass(frozen=True)
class TreeShapes:
    """What the cost of each tree hangs on; one entry a tree."""

    splits: Whole
    distinct_on_path: Whole
    """Most distinct features on a path from the root."""
    oblivious: bool
    """Whether contributions come from a table per tree and leaf (CatBoost's symmetric trees)."""


def score_milli(shapes: TreeShapes) -> Whole:
    """Thousandths of a unit to score one row, by tree: ceil(log2(leaves)) steps."""
    steps = np.array([int(splits).bit_length() for splits in shapes.splits], dtype=np.int64)
    milli: Whole = COEFFICIENTS["scoreTree"] + COEFFICIENTS["scoreStep"] * steps
    return milli


def explain_milli(shapes: TreeShapes) -> Whole:
    """Thousandths of a unit to explain one row by exact SHAP, by tree."""
    if shapes.oblivious:
        table: Whole = COEFFICIENTS["tableTree"] + COEFFICIENTS["tableFeature"] * shapes.distinct_on_path
        return table
    nodes = np.maximum(1, (shapes.distinct_on_path + 1) // 2)
    milli: Whole = COEFFICIENTS["explainTree"] + shapes.splits * (COEFFICIENTS["explainSplit"] + COEFFICIENTS["explainSplitNode"] * nodes)
    return milli


def cumulative_units(shapes: TreeShapes) -> NDArray[np.float64]:
    """Units to score and explain one row by the first 1, 2, 3 ... trees."""
    call = COEFFICIENTS["scoreModel"] + COEFFICIENTS["explainModel"]
    units: NDArray[np.float64] = (call + np.cumsum(score_milli(shapes) + explain_milli(shapes))) / MILLI
    return units
