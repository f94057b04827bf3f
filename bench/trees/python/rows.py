"""The rows that every contender is measured on, and what of the ensemble's facts Python needs."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class Rows:
    """The same rows three times, each made ready outside the measured time: with NaN, in float64, and as the forest was taught."""

    x: np.ndarray
    x64: np.ndarray
    filled: np.ndarray

    def __len__(self) -> int:
        return len(self.x)

    def __getitem__(self, part: slice) -> "Rows":
        return Rows(self.x[part], self.x64[part], self.filled[part])


def read_rows(path: Path) -> Rows:
    """Rows of float32 as the recipe wrote them beside `about.json`."""
    about = json.loads((path.parent / "about.json").read_text())
    x = np.fromfile(path, dtype=np.float32).reshape(-1, len(about["features"]))
    return Rows(x, x.astype(np.float64), np.nan_to_num(x, nan=about["missing_for_forest"]))
