"""What every learner offers, so that search, folds and golden rows know none of them by name."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from tillcast_trainer.spec import MemberName, Objective, Params
from tillcast_trainer.table import Labels, Matrix

if TYPE_CHECKING:
    from optuna.trial import Trial

Raw = NDArray[np.float64]

PATIENCE_ROUNDS = 40
"""Early stopping waits this many trees for a better loss."""


@dataclass(frozen=True)
class Shape:
    """What a search space may depend on."""

    rows: int
    positives: int
    features: int
    max_trees: int | None

    def trees(self, wanted: int) -> int:
        """A number of trees within the spec's bound."""
        return wanted if self.max_trees is None else min(wanted, self.max_trees)

    @property
    def small(self) -> bool:
        """So few rows that unregularised boosting loses to the base rate (design §5)."""
        return self.rows < 20_000


@dataclass(frozen=True)
class Watch:
    """Rows that decide when to stop."""

    x: Matrix
    y: Labels
    objective: Objective


@dataclass(frozen=True)
class Size:
    """How much of a fitted model is used."""

    trees: int
    leaves: int | None
    """Leaves a tree, at most; None: boosted trees are used as they were grown."""


Pulse = Callable[[int, float | None], bool]
"""Called after each tree with its number (from 1) and the watched loss, if any; true asks the learner to stop."""


@dataclass(frozen=True)
class FitJob:
    """One fit."""

    x: Matrix
    y: Labels
    feature_names: tuple[str, ...]
    monotone: tuple[int, ...]
    params: Params
    rounds: int
    """Number of trees; the upper bound of it when watched."""
    watch: Watch | None
    seed: int
    threads: int
    pulse: Pulse


class Fitted(Protocol):
    """A trained model in memory."""

    @property
    def rounds(self) -> int:
        """Trees in use: up to the best one where the fit was watched."""
        ...

    def raw(self, x: Matrix) -> Raw:
        """The library's own raw score: log-odds, or a forest's probability."""
        ...

    @property
    def leaf_bounds(self) -> tuple[int | None, ...]:
        """Bounds on leaves at which the trees can be had, the bound of the fit last."""
        ...

    def units(self, leaves: int | None) -> NDArray[np.float64]:
        """Cost units (cost.py) to score and explain a row by the first 1, 2, 3 ... trees in use."""
        ...

    def raw_at(self, x: Matrix, sizes: Sequence[Size]) -> list[Raw]:
        """Raw scores of smaller sizes of the model."""
        ...

    def save(self, path: Path) -> None:
        """Writes the native file."""
        ...

    def reopen(self, path: Path) -> "Opened":
        """Reads the written file back, for golden rows that speak of the file and not of the memory."""
        ...


class Opened(Protocol):
    """A model read from its native file by its own library."""

    def raw(self, x: Matrix) -> Raw:
        """Raw scores; raises where the library refuses a row."""
        ...

    def contributions(self, x: Matrix) -> tuple[Raw, Raw]:
        """SHAP values (row, feature) and base values (row) in the space of the raw score; raises where refused."""
        ...

    def thresholds(self) -> tuple[NDArray[np.int64], Raw]:
        """Feature and split value of every split in the file."""
        ...

    def facts(self) -> dict[str, float]:
        """What else the result says of this member."""
        ...


class Learner(Protocol):
    """One library."""

    name: MemberName
    file: str
    known: frozenset[str]
    """Parameters that a spec may set."""

    def version(self) -> dict[str, str]:
        """Library name and version."""
        ...

    def careful(self, shape: Shape) -> Params:
        """Defaults that small data survive."""
        ...

    def suggest(self, trial: "Trial", shape: Shape) -> Params:
        """One point of the search space."""
        ...

    def cap(self, params: Params, shape: Shape) -> int:
        """The most trees that a fit with these parameters may use."""
        ...

    def fit(self, job: FitJob) -> Fitted:
        """Trains; watched fits stop early and keep the best round."""
        ...

    def log_odds(self, raw: Raw, base_rate: float) -> Raw:
        """Raw scores as finite log-odds, for ranking."""
        ...
