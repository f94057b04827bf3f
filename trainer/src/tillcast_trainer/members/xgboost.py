"""XGBoost: split values and running sum in float32, log-odds."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xgboost
from numpy.typing import NDArray

from tillcast_trainer.cost import cumulative_units
from tillcast_trainer.members.learner import PATIENCE_ROUNDS, FitJob, Fitted, Opened, Pulse, Raw, Shape, Size
from tillcast_trainer.members.settings import seed32, whole, without
from tillcast_trainer.spec import MemberName, Params
from tillcast_trainer.table import Matrix
from tillcast_trainer.tree_arrays import TreeArrays, shapes_of, stack_trees

if TYPE_CHECKING:
    from optuna.trial import Trial

METRICS = {"log_loss": "logloss", "roc_auc": "auc"}


class XGBoost:
    """The XGBoost learner."""

    name: MemberName = "xgboost"
    file = "members/xgboost.json"
    known = frozenset(
        {
            "num_boost_round", "learning_rate", "max_depth", "min_child_weight", "subsample", "colsample_bytree",
            "reg_lambda", "reg_alpha", "gamma", "max_delta_step", "max_bin",
        }
    )  # fmt: skip

    def version(self) -> dict[str, str]:
        """Library name and version."""
        return {"xgboost": xgboost.__version__}

    def careful(self, shape: Shape) -> Params:
        """Shallow, slow and strongly regularised on few rows."""
        return {
            "num_boost_round": shape.trees(600 if shape.small else 400),
            "learning_rate": 0.03 if shape.small else 0.08,
            "max_depth": 3 if shape.small else 5,
            "min_child_weight": 5.0,
            "subsample": 0.8,
            "colsample_bytree": 0.8,
            "reg_lambda": 10.0,
            "reg_alpha": 0.5,
            "gamma": 0.01,
        }

    def suggest(self, trial: "Trial", shape: Shape) -> Params:
        """The like of the reference space, with the regularisation that small data need."""
        most = shape.trees(1000)
        return {
            "num_boost_round": trial.suggest_int("num_boost_round", min(100, most), most),
            "learning_rate": trial.suggest_float("learning_rate", 0.01, 0.3, log=True),
            "max_depth": trial.suggest_int("max_depth", 2, 8),
            "min_child_weight": trial.suggest_float("min_child_weight", 1.0, 50.0, log=True),
            "subsample": trial.suggest_float("subsample", 0.5, 1.0),
            "colsample_bytree": trial.suggest_float("colsample_bytree", 0.4, 1.0),
            "reg_lambda": trial.suggest_float("reg_lambda", 0.1, 50.0, log=True),
            "reg_alpha": trial.suggest_float("reg_alpha", 1e-3, 10.0, log=True),
            "gamma": trial.suggest_float("gamma", 1e-3, 5.0, log=True),
        }

    def cap(self, params: Params, shape: Shape) -> int:
        """The rounds asked for, within the spec's bound."""
        return shape.trees(whole(params, "num_boost_round"))

    def fit(self, job: FitJob) -> Fitted:
        """Trains with histograms, deterministically for a given seed and number of threads."""
        settings: dict[str, Any] = {
            **without(job.params, "num_boost_round"),
            "objective": "binary:logistic",
            "eval_metric": METRICS[job.watch.objective] if job.watch else "logloss",
            "tree_method": "hist",
            "seed": seed32(job.seed),
            "nthread": job.threads,
            "verbosity": 0,
        }
        if any(job.monotone):
            settings["monotone_constraints"] = f"({','.join(map(str, job.monotone))})"
        names = list(job.feature_names)
        callbacks: list[Any] = [_Callback(job.pulse)]
        evals = []
        if job.watch:
            evals = [(xgboost.DMatrix(job.watch.x, job.watch.y, feature_names=names, nthread=job.threads), "watch")]
            callbacks.append(xgboost.callback.EarlyStopping(rounds=PATIENCE_ROUNDS))
        data = xgboost.DMatrix(job.x, job.y, feature_names=names, nthread=job.threads)
        booster = xgboost.train(settings, data, job.rounds, evals=evals, callbacks=callbacks, verbose_eval=False)
        return _Fitted(booster, booster.best_iteration + 1 if job.watch else booster.num_boosted_rounds())

    def log_odds(self, raw: Raw, base_rate: float) -> Raw:
        """Raw scores are log-odds."""
        return raw


class _Callback(xgboost.callback.TrainingCallback):  # type: ignore[misc]  # the library is not typed
    def __init__(self, pulse: Pulse) -> None:
        super().__init__()
        self._pulse = pulse

    def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
        loss: float | None = None
        for name, history in evals_log.get("watch", {}).items():
            loss = float(history[-1]) * (-1.0 if name == "auc" else 1.0)
        return self._pulse(epoch + 1, loss)


def base_margin(booster: xgboost.Booster) -> float:
    """The library's own float32 base margin: its answer for a copy whose first tree's leaves are all zero."""
    first = json.loads(booster[0:1].save_raw(raw_format="json"))
    tree = first["learner"]["gradient_booster"]["model"]["trees"][0]
    tree["split_conditions"] = [0.0 if left == -1 else value for left, value in zip(tree["left_children"], tree["split_conditions"], strict=True)]
    silent = xgboost.Booster()
    silent.load_model(bytearray(json.dumps(first).encode()))
    row = np.zeros((1, booster.num_features()), dtype=np.float32)
    return float(silent.inplace_predict(row, predict_type="margin", validate_features=False)[0])


def _margin(booster: xgboost.Booster, x: Matrix, rounds: int) -> Raw:
    # inplace_predict, because DMatrix refuses infinite rows that the trees themselves accept.
    margin = booster.inplace_predict(x, predict_type="margin", iteration_range=(0, rounds), validate_features=False)
    return np.asarray(margin, dtype=np.float64)


def _trees(booster: xgboost.Booster) -> TreeArrays:
    content = json.loads(booster.save_raw(raw_format="json"))["learner"]["gradient_booster"]["model"]["trees"]
    return stack_trees([(np.array(t["left_children"]), np.array(t["right_children"]), np.array(t["split_indices"])) for t in content])


class _Opened:
    def __init__(self, booster: xgboost.Booster) -> None:
        self._booster = booster

    def raw(self, x: Matrix) -> Raw:
        return _margin(self._booster, x, 0)

    def contributions(self, x: Matrix) -> tuple[Raw, Raw]:
        data = xgboost.DMatrix(x, feature_names=self._booster.feature_names)
        values = np.asarray(self._booster.predict(data, pred_contribs=True), dtype=np.float64)
        return values[:, :-1], values[:, -1]

    def thresholds(self) -> tuple[NDArray[np.int64], Raw]:
        content = json.loads(self._booster.save_raw(raw_format="json"))
        features: list[int] = []
        values: list[float] = []
        for tree in content["learner"]["gradient_booster"]["model"]["trees"]:
            for left, feature, value in zip(tree["left_children"], tree["split_indices"], tree["split_conditions"], strict=True):
                if left != -1:
                    features.append(feature)
                    values.append(value)
        return np.array(features, dtype=np.int64), np.array(values, dtype=np.float64)

    def facts(self) -> dict[str, float]:
        return {"base_margin": base_margin(self._booster)}


class _Fitted:
    def __init__(self, booster: xgboost.Booster, rounds: int) -> None:
        self._booster = booster
        self.rounds = rounds

    def raw(self, x: Matrix) -> Raw:
        return _margin(self._booster, x, self.rounds)

    @property
    def leaf_bounds(self) -> tuple[None]:
        return (None,)

    def units(self, leaves: int | None) -> Raw:
        return cumulative_units(shapes_of(_trees(self._booster[0 : self.rounds])))

    def raw_at(self, x: Matrix, sizes: Sequence[Size]) -> list[Raw]:
        return [_margin(self._booster, x, size.trees) for size in sizes]

    def save(self, path: Path) -> None:
        trimmed = self._booster[0 : self.rounds]
        trimmed.set_attr(best_iteration=None, best_score=None)
        path.write_bytes(trimmed.save_raw(raw_format="json"))

    def reopen(self, path: Path) -> Opened:
        return _Opened(xgboost.Booster(model_file=str(path)))
