"""Out-of-fold raw scores with the final parameters, for blend and calibration."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from tillcast_trainer.folds import folds
from tillcast_trainer.members.learner import Learner
from tillcast_trainer.search import Choice
from tillcast_trainer.workbench import Workbench


def out_of_fold(bench: Workbench, learner: Learner, choice: Choice) -> NDArray[np.float64]:
    """One raw score for each fit row, by a model that never saw the row's shopper."""
    rows = bench.table.fit
    scores = np.full(rows.count, np.nan)
    for outside, inside in folds(rows):
        fitted = bench.fit(learner, outside, choice.params, choice.rounds)
        scores[np.isin(rows.row, inside.row)] = fitted.raw(inside.x)
    return scores


def write_oof(path: Path, bench: Workbench, scores: dict[str, NDArray[np.float64]]) -> None:
    """Writes `row` INTEGER and a DOUBLE a member (contracts/training-result.schema.json)."""
    columns = {"row": pa.array(bench.table.fit.row.astype(np.int32)), **{name: pa.array(values) for name, values in scores.items()}}
    pq.write_table(pa.table(columns), path, compression="zstd")
