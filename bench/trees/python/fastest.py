"""Picks the fastest of several calls that do the same, by trying them."""

import time
from collections.abc import Callable
from statistics import median

import numpy as np

from rows import Rows

#: Rows to an answer: scores (one a row) or contributions (features and base value a row).
Call = Callable[[Rows], np.ndarray]

TRIES = 5


def fastest(candidates: dict[str, Call], rows: Rows, rows_a_call: int, try_ms: float) -> tuple[str, Call]:
    """The name and call with the smallest median time over calls of so many rows."""
    if len(candidates) == 1:
        return next(iter(candidates.items()))
    return min(candidates.items(), key=lambda item: _median_seconds(item[1], rows, rows_a_call, try_ms / 1000))


def _median_seconds(call: Call, rows: Rows, rows_a_call: int, try_seconds: float) -> float:
    call(rows[:rows_a_call])
    times = []
    for _ in range(TRIES):
        calls, start = 0, time.perf_counter()
        while calls == 0 or time.perf_counter() - start < try_seconds:
            at = calls * rows_a_call % max(1, len(rows) - rows_a_call + 1)
            call(rows[at : at + rows_a_call])
            calls += 1
        times.append((time.perf_counter() - start) / calls)
    return median(times)
