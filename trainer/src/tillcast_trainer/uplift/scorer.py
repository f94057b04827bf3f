"""What every fitted model can do, and how it is told to TypeScript."""

from pathlib import Path
from typing import Any, Protocol

from tillcast_trainer.uplift.table import Matrix, Values

Term = dict[str, Any]
"""One summand of an effect: {"weight", "link", and "linear" or "file"}."""


class Scorer(Protocol):
    """A fitted model of one number a unit."""

    def predict(self, x: Matrix) -> Values:
        """A probability (classifier) or a value (regressor), one a row."""

    def save(self, folder: Path, stem: str) -> Term:
        """Writes the model under `folder` where it is a file, and answers the term without its weight."""


class Base(Protocol):
    """A library, or a linear model, as a maker of classifiers and regressors."""

    def classify(self, x: Matrix, y: Values, seed: int) -> Scorer:
        """P(y = 1 | x)."""

    def regress(self, x: Matrix, y: Values, seed: int) -> Scorer:
        """E[y | x]."""
