"""Folds grouped by shopper, as the table gives them."""

from collections.abc import Iterator

import numpy as np

from tillcast_trainer.errors import invalid
from tillcast_trainer.table import Rows


def folds(rows: Rows) -> Iterator[tuple[Rows, Rows]]:
    """For each fold the rows outside it (to fit on) and inside it (held out)."""
    numbers = np.unique(rows.fold)
    if len(numbers) < 2:
        raise invalid(
            f"column fold holds only the value {int(numbers[0])} in the fit rows; grouped folds need at least 2: give more shoppers or a stop_split"
        )
    for number in numbers:
        held_out = rows.fold == number
        outside = rows.where(~held_out)
        if outside.positives in (0, outside.count):
            raise invalid(
                f"outside fold {int(number)} all {outside.count} fit rows have one label, so nothing can be learnt there; "
                "give more buying shoppers, or a stop_split instead of folds"
            )
        yield outside, rows.where(held_out)
