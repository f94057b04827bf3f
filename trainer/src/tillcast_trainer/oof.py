"""Out-of-fold raw scores with the final parameters, for blend and calibration."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from tillcast_trainer.folds import folds
from tillcast_trainer.members.learner import Learner, Size
from tillcast_trainer.search import Choice
from tillcast_trainer.sizes import column_of
from tillcast_trainer.workbench import Workbench


def out_of_fold(bench: Workbench, learner: Learner, choice: Choice, sizes: Sequence[Size]) -> dict[str, NDArray[np.float64]]:
    """By column, one raw score for each fit row, by a model that never saw the row's shopper; the last size is the whole model."""
    rows = bench.table.fit
    scores = {column_of(learner.name, size, sizes[-1]): np.full(rows.count, np.nan) for size in sizes}
    for outside, inside in folds(rows):
        fitted = bench.fit(learner, outside, choice.params, choice.rounds)
        held_out = np.isin(rows.row, inside.row)
        for values, raw in zip(scores.values(), fitted.raw_at(inside.x, sizes), strict=True):
            values[held_out] = raw
    return scores


def write_oof(path: Path, bench: Workbench, scores: dict[str, NDArray[np.float64]]) -> None:
    """Writes `row` INTEGER and a DOUBLE a member and size (contracts/training-result.schema.json)."""
    columns = {"row": pa.array(bench.table.fit.row.astype(np.int32)), **{name: pa.array(values) for name, values in scores.items()}}
    pq.write_table(pa.table(columns), path, compression="zstd")
