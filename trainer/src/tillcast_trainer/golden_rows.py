"""Rows on which two readings of one model file would differ, if they differ at all."""

import numpy as np
from numpy.typing import NDArray

from tillcast_trainer.table import Matrix

Splits = tuple[NDArray[np.int64], NDArray[np.float64]]


def golden_rows(x: Matrix, splits: list[Splits], count: int, seed: int) -> Matrix:
    """`count` rows: four in ten from the table, one in ten missing or infinite, the rest around the members' own thresholds."""
    rng = np.random.default_rng([seed, 0x601DE2])
    table_rows = x[np.sort(rng.choice(len(x), size=min(len(x), -(-count * 4 // 10)), replace=False))]
    special = _special(x, -(-count // 10), rng)
    around = _around(x, splits, max(0, count - len(table_rows) - len(special)), rng)
    return np.concatenate([special, table_rows, around])[:count]


def _special(x: Matrix, count: int, rng: np.random.Generator) -> Matrix:
    """All missing, one to a third of the row missing, one value infinite, all infinite."""
    rows = x[rng.integers(len(x), size=count)].copy()
    columns = x.shape[1]
    for i in range(count):
        kind = i % 4
        if i < 3:
            rows[i] = (np.nan, np.inf, -np.inf)[i]
        elif kind in (0, 3):
            rows[i, rng.choice(columns, size=int(rng.integers(1, max(2, columns // 3 + 1))), replace=False)] = np.nan
        else:
            rows[i, rng.integers(columns)] = np.inf if kind == 1 else -np.inf
    return rows


def _around(x: Matrix, splits: list[Splits], count: int, rng: np.random.Generator) -> Matrix:
    """Triples on, just below and just above a threshold (next float32), the members taking turns."""
    rows = np.empty((0, x.shape[1]), dtype=np.float32)
    usable = [split for split in splits if len(split[0])]
    if not usable or count == 0:
        return rows
    triples = []
    orders = [rng.permutation(len(features)) for features, _ in usable]
    for i in range(-(-count // 3)):
        turn = i % len(usable)
        features, values = usable[turn]
        pick = orders[turn][(i // len(usable)) % len(features)]
        on = np.float32(values[pick])
        triple = np.repeat(x[rng.integers(len(x))][None], 3, axis=0)
        triple[:, features[pick]] = (on, np.nextafter(on, np.float32(-np.inf)), np.nextafter(on, np.float32(np.inf)))
        triples.append(triple)
    return np.concatenate(triples)[:count]
