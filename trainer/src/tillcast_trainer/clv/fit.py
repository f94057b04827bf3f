"""From a table of buyers to the parameters of both models."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from tillcast_trainer.clv.models import Vector, fit_bg_nbd, fit_gamma_gamma
from tillcast_trainer.errors import TrainerError, invalid

COLUMNS = ("repeats", "last_day", "age", "mean_value")
FEWEST_REPEATERS = 50


def fit(path: Path) -> dict[str, Any]:
    """Parameters, and what they rest on; raises TOO_FEW_POSITIVES where fewer than 50 buyers came back."""
    repeats, last, age, mean = _read(path)
    repeaters = int((repeats > 0).sum())
    if repeaters < FEWEST_REPEATERS:
        raise TrainerError(
            "TOO_FEW_POSITIVES",
            f"{repeaters} buyers ordered on a second day; lifetime value needs {FEWEST_REPEATERS} at least: wait for more history",
        )
    kinds, weights = _kinds(np.column_stack([repeats, last, age]))
    valued = (repeats > 0) & (mean > 0)
    return {
        "schema": 1,
        "buyers": len(repeats),
        "repeaters": repeaters,
        "bg_nbd": fit_bg_nbd(kinds[:, 0], kinds[:, 1], kinds[:, 2], weights),
        "gamma_gamma": fit_gamma_gamma(repeats[valued], mean[valued], np.ones(int(valued.sum()))) if valued.sum() >= FEWEST_REPEATERS else None,
        "correlation": _correlation(repeats[valued], mean[valued]),
    }


def _kinds(rows: Vector) -> tuple[Vector, Vector]:
    """Equal buyers once, with their number: the search is as fast as the days are few."""
    kinds, counts = np.unique(rows, axis=0, return_counts=True)
    return kinds, counts.astype(np.float64)


def _correlation(repeats: Vector, mean: Vector) -> float | None:
    """Of number and value of orders: gamma-gamma takes them to be independent."""
    if len(repeats) < 2 or repeats.std() == 0 or mean.std() == 0:
        return None
    return float(np.corrcoef(repeats, mean)[0, 1])


def _read(path: Path) -> tuple[Vector, Vector, Vector, Vector]:
    try:
        table = pq.read_table(path)
    except (OSError, ValueError) as error:
        raise invalid(f"the table {path} cannot be read: {error}") from None
    missing = [name for name in COLUMNS if name not in table.column_names]
    if missing:
        raise invalid(f"the table {path} has no column {', '.join(missing)}")
    repeats, last, age, mean = (table.column(name).to_numpy().astype(np.float64) for name in COLUMNS)
    for name, column in zip(COLUMNS, (repeats, last, age, mean), strict=True):
        if not np.all(np.isfinite(column)) or np.any(column < 0):
            raise invalid(f"the table {path}: {name} must be finite and at least 0")
    if np.any(last > age) or np.any((repeats == 0) & (last > 0)):
        raise invalid(f"the table {path}: last_day must be at most age, and 0 where there is no repeat")
    return repeats, last, age, mean
