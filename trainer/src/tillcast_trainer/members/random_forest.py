"""RandomForest: the mean of the trees' probabilities; leaves Python as plain arrays, never as a pickle."""

import warnings
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import sklearn
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestClassifier

from tillcast_trainer.cost import cumulative_units
from tillcast_trainer.forest_cut import CutForest
from tillcast_trainer.forest_export import Forest, export_forest, read_forest, write_forest
from tillcast_trainer.forest_shap import forest_shap
from tillcast_trainer.members.learner import FitJob, Fitted, Opened, Raw, Shape, Size
from tillcast_trainer.members.settings import seed32, whole, without
from tillcast_trainer.scores import log_loss, roc_auc, shrunk_log_odds
from tillcast_trainer.spec import MemberName, Params
from tillcast_trainer.table import Matrix
from tillcast_trainer.tree_arrays import shapes_of

if TYPE_CHECKING:
    from optuna.trial import Trial

TREES_A_STEP = 25
"""Trees grown between two looks at the pulse; growing in steps changes no tree (scikit-learn's warm start)."""

MAX_LEAVES = 120_000
"""Leaves of a whole forest: a bound on the file and on the time of a fit. What a row may cost is the latency budget's matter (cost.py)."""

LEAF_BOUNDS = (16, 24, 32, 48, 64, 96, 128)
"""Leaves a tree at which a forest is offered besides those it was grown to. A forest of many small trees loses less than one of few large ones."""

ROWS_AT_A_TIME = 20_000

DRAWN_ROWS = 10_000
"""Rows a tree draws at most; more cost time and hardly change a mean of hundreds of trees."""


class RandomForest:
    """The scikit-learn RandomForestClassifier learner."""

    name: MemberName = "random_forest"
    file = "members/random_forest.json"
    known = frozenset({"n_estimators", "max_depth", "min_samples_leaf", "max_features", "max_samples", "max_leaf_nodes", "criterion"})

    def version(self) -> dict[str, str]:
        """Library name and version."""
        return {"scikit-learn": sklearn.__version__}

    def careful(self, shape: Shape) -> Params:
        """Many trees, the root of the number of columns at each split, leaves that expect a buyer."""
        return {
            "n_estimators": shape.trees(300 if shape.small else 200),
            "max_depth": 24,
            "min_samples_leaf": _careful_leaf(shape),
            "max_features": max(0.01, round(shape.features**-0.5, 4)),
        }

    def suggest(self, trial: "Trial", shape: Shape) -> Params:
        """Size, depth, leaf size and columns a split."""
        most = shape.trees(500)
        return {
            "n_estimators": trial.suggest_int("n_estimators", min(100, most), most),
            "max_depth": trial.suggest_int("max_depth", 4, 24),
            "min_samples_leaf": trial.suggest_int("min_samples_leaf", 5, 200, log=True),
            "max_features": trial.suggest_float("max_features", 0.05, 0.6),
        }

    def cap(self, params: Params, shape: Shape) -> int:
        """The trees asked for, within the spec's bound."""
        return shape.trees(whole(params, "n_estimators"))

    def fit(self, job: FitJob) -> Fitted:
        """Grows the forest in steps. Monotone directions bind the boosted members only: scikit-learn has none with missing values."""
        sample = {"max_samples": DRAWN_ROWS} if len(job.y) > DRAWN_ROWS else {}
        forest = RandomForestClassifier(
            **{"max_leaf_nodes": _leaf_bound(job), **sample, **without(job.params, "n_estimators", "max_leaf_nodes")},
            random_state=seed32(job.seed),
            n_jobs=job.threads,
            warm_start=True,
        )
        total = np.zeros(len(job.watch.y)) if job.watch else None
        for trees in _steps(job.rounds):
            before = len(getattr(forest, "estimators_", ()))
            forest.set_params(n_estimators=trees)
            forest.fit(job.x, job.y)
            if job.pulse(trees, _watched_loss(forest, job, before, total)):
                break
        return _Fitted(forest, job.feature_names, _leaf_bound(job))

    def log_odds(self, raw: Raw, base_rate: float) -> Raw:
        """Log-odds after a little shrinkage, so that 0 and 1 can be ranked."""
        return shrunk_log_odds(raw, base_rate)


def _careful_leaf(shape: Shape) -> int:
    """Rows in which one buyer is expected, 5 to 100: smaller leaves say 0 or 1 by chance.

    Measured, out-of-fold log loss: REES46 window (2.8 % buy) leaf 5 .135, 40 .125, 80 .127; UCI (15.5 %) leaf 5 .229, 10 .230, 40 .238.
    """
    return min(100, max(5, round(shape.rows / shape.positives)))


def _leaf_bound(job: FitJob) -> int:
    wished = job.params.get("max_leaf_nodes")
    return max(2, MAX_LEAVES // job.rounds) if wished is None else whole(job.params, "max_leaf_nodes")


def _steps(rounds: int) -> list[int]:
    return [*range(TREES_A_STEP, rounds, TREES_A_STEP), rounds]


def _watched_loss(forest: RandomForestClassifier, job: FitJob, before: int, total: Raw | None) -> float | None:
    if job.watch is None or total is None:
        return None
    for tree in forest.estimators_[before:]:
        total += tree.predict_proba(job.watch.x)[:, 1]
    log_odds = shrunk_log_odds(total / len(forest.estimators_), float(job.y.mean()))
    return log_loss(job.watch.y, log_odds) if job.watch.objective == "log_loss" else -roc_auc(job.watch.y, log_odds)


def _probability(forest: Any, x: Matrix) -> Raw:
    # One thread: several add the trees up in the order in which they finish.
    forest.set_params(n_jobs=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return np.asarray(forest.predict_proba(x)[:, 1], dtype=np.float64)


class _Opened:
    """The estimator for raw scores, the written arrays for everything else."""

    def __init__(self, forest: RandomForestClassifier, arrays: Forest) -> None:
        self._forest = forest
        self._arrays = arrays

    def raw(self, x: Matrix) -> Raw:
        return _probability(self._forest, x)

    def contributions(self, x: Matrix) -> tuple[Raw, Raw]:
        if np.isinf(x).any():
            raise ValueError("scikit-learn refuses infinite rows")
        values, base = forest_shap(self._arrays, x)
        return values, np.full(len(x), base)

    def thresholds(self) -> tuple[NDArray[np.int64], Raw]:
        inner = [tree.left != -1 for tree in self._arrays.trees]
        features = np.concatenate([tree.feature[mask] for tree, mask in zip(self._arrays.trees, inner, strict=True)])
        values = np.concatenate([tree.threshold[mask] for tree, mask in zip(self._arrays.trees, inner, strict=True)])
        return features, values

    def facts(self) -> dict[str, float]:
        return {}


class _Fitted:
    def __init__(self, forest: RandomForestClassifier, feature_names: tuple[str, ...], leaf_bound: int) -> None:
        self._forest = forest
        self._feature_names = feature_names
        self._leaf_bound = leaf_bound

    @property
    def rounds(self) -> int:
        return len(self._forest.estimators_)

    def raw(self, x: Matrix) -> Raw:
        return _probability(self._forest, x)

    @property
    def leaf_bounds(self) -> tuple[int, ...]:
        return (*(bound for bound in LEAF_BOUNDS if bound < self._leaf_bound), self._leaf_bound)

    @cached_property
    def _cut(self) -> CutForest:
        return CutForest(export_forest(self._forest, self._feature_names), self._leaf_bound)

    def units(self, leaves: int | None) -> Raw:
        return cumulative_units(shapes_of(self._cut.trees, self._cut.is_open(leaves or self._leaf_bound)))

    def raw_at(self, x: Matrix, sizes: Sequence[Size]) -> list[Raw]:
        parts = [self._part_at(x[start : start + ROWS_AT_A_TIME], sizes) for start in range(0, len(x), ROWS_AT_A_TIME)]
        return [np.concatenate(part) for part in zip(*parts, strict=True)]

    def _part_at(self, x: Matrix, sizes: Sequence[Size]) -> list[Raw]:
        leaf = self._forest.apply(x) + self._cut.trees.roots
        sums = {}
        for leaves in {size.leaves for size in sizes}:
            sums[leaves] = np.cumsum(self._cut.value[self._cut.stop(leaves or self._leaf_bound)[leaf]], axis=1)
        return [sums[size.leaves][:, size.trees - 1] / size.trees for size in sizes]

    def save(self, path: Path) -> None:
        write_forest(export_forest(self._forest, self._feature_names), path)

    def reopen(self, path: Path) -> Opened:
        return _Opened(self._forest, read_forest(path))
