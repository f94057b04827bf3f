"""LightGBM: leaf-wise trees, sums in float64, log-odds."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import lightgbm
import numpy as np
from lightgbm.callback import EarlyStopException
from numpy.typing import NDArray

from tillcast_trainer.cost import Whole, cumulative_units
from tillcast_trainer.members.learner import PATIENCE_ROUNDS, FitJob, Fitted, Opened, Pulse, Raw, Shape, Size
from tillcast_trainer.members.settings import seed32, whole, without
from tillcast_trainer.spec import MemberName, Params
from tillcast_trainer.table import Matrix
from tillcast_trainer.tree_arrays import LEAF, TreeArrays, shapes_of, stack_trees

if TYPE_CHECKING:
    from optuna.trial import Trial

METRICS = {"log_loss": "binary_logloss", "roc_auc": "auc"}


class LightGBM:
    """The LightGBM learner."""

    name: MemberName = "lightgbm"
    file = "members/lightgbm.txt"
    known = frozenset(
        {
            "num_iterations", "learning_rate", "num_leaves", "max_depth", "min_data_in_leaf", "min_sum_hessian_in_leaf", "feature_fraction",
            "bagging_fraction", "bagging_freq", "lambda_l1", "lambda_l2", "min_gain_to_split", "path_smooth", "max_bin",
        }
    )  # fmt: skip

    def version(self) -> dict[str, str]:
        """Library name and version."""
        return {"lightgbm": lightgbm.__version__}

    def careful(self, shape: Shape) -> Params:
        """Few leaves, slow and strongly regularised on few rows."""
        return {
            "num_iterations": shape.trees(600 if shape.small else 400),
            "learning_rate": 0.03 if shape.small else 0.08,
            "num_leaves": 8 if shape.small else 24,
            "min_data_in_leaf": 50,
            "feature_fraction": 0.8,
            "bagging_fraction": 0.8,
            "bagging_freq": 1,
            "lambda_l1": 0.5,
            "lambda_l2": 10.0,
        }

    def suggest(self, trial: "Trial", shape: Shape) -> Params:
        """The like of the reference space, with the regularisation that small data need."""
        most = shape.trees(1000)
        return {
            "num_iterations": trial.suggest_int("num_iterations", min(100, most), most),
            "learning_rate": trial.suggest_float("learning_rate", 0.01, 0.3, log=True),
            "num_leaves": trial.suggest_int("num_leaves", 4, 64, log=True),
            "min_data_in_leaf": trial.suggest_int("min_data_in_leaf", 10, 200, log=True),
            "feature_fraction": trial.suggest_float("feature_fraction", 0.4, 1.0),
            "bagging_fraction": trial.suggest_float("bagging_fraction", 0.5, 1.0),
            "bagging_freq": 1,
            "lambda_l1": trial.suggest_float("lambda_l1", 1e-3, 10.0, log=True),
            "lambda_l2": trial.suggest_float("lambda_l2", 0.1, 50.0, log=True),
        }

    def cap(self, params: Params, shape: Shape) -> int:
        """The rounds asked for, within the spec's bound."""
        return shape.trees(whole(params, "num_iterations"))

    def fit(self, job: FitJob) -> Fitted:
        """Trains deterministically for a given seed and number of threads."""
        settings: dict[str, Any] = {
            **without(job.params, "num_iterations"),
            "objective": "binary",
            "metric": METRICS[job.watch.objective] if job.watch else "binary_logloss",
            "deterministic": True,
            "force_row_wise": True,
            # Otherwise the Dataset forgets columns that no leaf of today's minimum size can use.
            "feature_pre_filter": False,
            "seed": seed32(job.seed),
            "num_threads": job.threads,
            "verbosity": -1,
        }
        if any(job.monotone):
            settings["monotone_constraints"] = list(job.monotone)
        train = lightgbm.Dataset(job.x, job.y, feature_name=list(job.feature_names), params=settings)
        callbacks: list[Any] = [_pulse_callback(job.pulse)]
        valid = []
        if job.watch:
            valid = [lightgbm.Dataset(job.watch.x, job.watch.y, reference=train, params=settings)]
            callbacks.append(lightgbm.early_stopping(PATIENCE_ROUNDS, verbose=False))
        booster = lightgbm.train(settings, train, job.rounds, valid_sets=valid, valid_names=["watch"] * len(valid), callbacks=callbacks)
        return _Fitted(booster, booster.best_iteration if job.watch else booster.current_iteration())

    def log_odds(self, raw: Raw, base_rate: float) -> Raw:
        """Raw scores are log-odds."""
        return raw


def _pulse_callback(pulse: Pulse) -> Any:
    def call(env: Any) -> None:
        watched = [item for item in env.evaluation_result_list or [] if item[0] == "watch"]
        loss = float(watched[0][2]) * (-1.0 if watched[0][1] == "auc" else 1.0) if watched else None
        if pulse(env.iteration + 1, loss):
            raise EarlyStopException(env.iteration, env.evaluation_result_list)

    return call


def _trees(text: str) -> TreeArrays:
    return stack_trees([_tree(section) for section in text.split("\nTree=")[1:]])


def _tree(section: str) -> tuple[Whole, Whole, Whole]:
    """Branches first, then leaves: LightGBM numbers a leaf n as -n - 1."""
    fields = dict(re.findall(r"^(num_leaves|left_child|right_child|split_feature)=(.*)$", section, re.MULTILINE))
    leaves = int(fields["num_leaves"])
    none = np.full(leaves, LEAF, dtype=np.int64)

    def children(name: str) -> Whole:
        child = np.array(fields.get(name, "").split(), dtype=np.int64)
        return np.concatenate([np.where(child >= 0, child, leaves - 2 - child), none])

    return children("left_child"), children("right_child"), np.concatenate([np.array(fields.get("split_feature", "").split(), dtype=np.int64), none])


class _Opened:
    def __init__(self, booster: lightgbm.Booster, path: Path) -> None:
        self._booster = booster
        self._path = path

    def raw(self, x: Matrix) -> Raw:
        return np.asarray(self._booster.predict(x, raw_score=True), dtype=np.float64)

    def contributions(self, x: Matrix) -> tuple[Raw, Raw]:
        values = np.asarray(self._booster.predict(x, pred_contrib=True), dtype=np.float64)
        return values[:, :-1], values[:, -1]

    def thresholds(self) -> tuple[NDArray[np.int64], Raw]:
        text = self._path.read_text(encoding="utf-8")
        features = " ".join(re.findall(r"^split_feature=(.*)$", text, re.MULTILINE))
        values = " ".join(re.findall(r"^threshold=(.*)$", text, re.MULTILINE))
        return np.array(features.split(), dtype=np.int64), np.array(values.split(), dtype=np.float64)

    def facts(self) -> dict[str, float]:
        return {}


class _Fitted:
    def __init__(self, booster: lightgbm.Booster, rounds: int) -> None:
        self._booster = booster
        self.rounds = rounds

    def raw(self, x: Matrix) -> Raw:
        return np.asarray(self._booster.predict(x, raw_score=True, num_iteration=self.rounds), dtype=np.float64)

    @property
    def leaf_bounds(self) -> tuple[None]:
        return (None,)

    def units(self, leaves: int | None) -> Raw:
        return cumulative_units(shapes_of(_trees(self._booster.model_to_string(num_iteration=self.rounds))))

    def raw_at(self, x: Matrix, sizes: Sequence[Size]) -> list[Raw]:
        return [np.asarray(self._booster.predict(x, raw_score=True, num_iteration=size.trees), dtype=np.float64) for size in sizes]

    def save(self, path: Path) -> None:
        self._booster.save_model(str(path), num_iteration=self.rounds)

    def reopen(self, path: Path) -> Opened:
        return _Opened(lightgbm.Booster(model_file=str(path)), path)
