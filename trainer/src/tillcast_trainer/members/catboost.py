"""CatBoost: oblivious trees, leaf sums in log-odds."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import catboost
import numpy as np
from numpy.typing import NDArray

from tillcast_trainer.cost import TreeShapes, cumulative_units
from tillcast_trainer.members.learner import PATIENCE_ROUNDS, FitJob, Fitted, Opened, Pulse, Raw, Shape, Size
from tillcast_trainer.members.settings import seed32, whole, without
from tillcast_trainer.spec import MemberName, Params
from tillcast_trainer.table import Matrix

if TYPE_CHECKING:
    from optuna.trial import Trial

METRICS = {"log_loss": "Logloss", "roc_auc": "AUC"}
MAX_LEAVES = 2**18
"""Trees × leaves of one model: a bound on the file and on the tables that make SHAP fast, in deterministic units."""


class CatBoost:
    """The CatBoost learner."""

    name: MemberName = "catboost"
    file = "members/catboost.json"
    known = frozenset(
        {"iterations", "learning_rate", "depth", "l2_leaf_reg", "random_strength", "subsample", "rsm", "border_count", "leaf_estimation_iterations"}
    )

    def version(self) -> dict[str, str]:
        """Library name and version."""
        return {"catboost": catboost.__version__}

    def careful(self, shape: Shape) -> Params:
        """Shallow, slow and strongly regularised on few rows."""
        return {
            "iterations": shape.trees(600 if shape.small else 400),
            "learning_rate": 0.03 if shape.small else 0.08,
            "depth": 4 if shape.small else 6,
            "l2_leaf_reg": 10.0,
            "random_strength": 1.0,
            "subsample": 0.8,
            "rsm": 0.8,
        }

    def suggest(self, trial: "Trial", shape: Shape) -> Params:
        """The reference space (design §5) with subsampling."""
        most = shape.trees(1000)
        return {
            "iterations": trial.suggest_int("iterations", min(100, most), most),
            "learning_rate": trial.suggest_float("learning_rate", 0.01, 0.3, log=True),
            "depth": trial.suggest_int("depth", 4, 10),
            "l2_leaf_reg": trial.suggest_float("l2_leaf_reg", 1.0, 10.0),
            "random_strength": trial.suggest_float("random_strength", 0.1, 10.0, log=True),
            "subsample": trial.suggest_float("subsample", 0.5, 1.0),
            "rsm": trial.suggest_float("rsm", 0.4, 1.0),
        }

    def cap(self, params: Params, shape: Shape) -> int:
        """Deep trees are granted fewer rounds."""
        return max(1, min(shape.trees(whole(params, "iterations")), MAX_LEAVES >> whole(params, "depth")))

    def fit(self, job: FitJob) -> Fitted:
        """Trains on the CPU, deterministically for a given seed and number of threads."""
        metric = METRICS[job.watch.objective] if job.watch else "Logloss"
        model = catboost.CatBoostClassifier(
            **without(job.params, "iterations"),
            iterations=job.rounds,
            loss_function="Logloss",
            eval_metric=metric,
            # Otherwise boosting begins at probability one half and spends its first hundred slow trees on the base rate.
            boost_from_average=True,
            bootstrap_type="Bernoulli",
            boosting_type="Plain",
            monotone_constraints=list(job.monotone) if any(job.monotone) else None,
            random_seed=seed32(job.seed),
            thread_count=job.threads,
            logging_level="Silent",
            allow_writing_files=False,
        )
        names = list(job.feature_names)
        watched = (
            {}
            if job.watch is None
            else {
                "eval_set": catboost.Pool(job.watch.x, job.watch.y, feature_names=names),
                "early_stopping_rounds": PATIENCE_ROUNDS,
                "use_best_model": True,
            }
        )
        pool = catboost.Pool(job.x, job.y, feature_names=names)
        model.fit(pool, callbacks=[_Callback(job.pulse, metric)], **watched)
        if job.watch and any(job.monotone):
            # CatBoost 1.2.10 keeps the bias of the trees that it cuts off a monotone model, so that every score is off by a constant
            # (measured: 0.17 in log-odds, 0.016 in log loss). A fit of just the best rounds scores as the logged metric says.
            return self.fit(replace(job, watch=None, rounds=int(model.tree_count_)))
        return _Fitted(model)

    def log_odds(self, raw: Raw, base_rate: float) -> Raw:
        """Raw scores are log-odds."""
        return raw


class _Callback:
    def __init__(self, pulse: Pulse, metric: str) -> None:
        self._pulse = pulse
        self._metric = metric

    def after_iteration(self, info: Any) -> bool:
        history = info.metrics.get("validation", {}).get(self._metric) if info.metrics else None
        sign = 1.0 if self._metric == "Logloss" else -1.0
        return not self._pulse(info.iteration, sign * history[-1] if history else None)


class _Opened:
    def __init__(self, model: Any, path: Path) -> None:
        self._model = model
        self._path = path

    def raw(self, x: Matrix) -> Raw:
        return np.asarray(self._model.predict(x, prediction_type="RawFormulaVal"), dtype=np.float64)

    def contributions(self, x: Matrix) -> tuple[Raw, Raw]:
        values = np.asarray(self._model.get_feature_importance(catboost.Pool(x), type="ShapValues"), dtype=np.float64)
        return values[:, :-1], values[:, -1]

    def thresholds(self) -> tuple[NDArray[np.int64], Raw]:
        content = json.loads(self._path.read_text(encoding="utf-8"))
        columns = [f["flat_feature_index"] for f in content["features_info"]["float_features"]]
        splits = [split for tree in content["oblivious_trees"] for split in tree["splits"] or []]
        features = np.array([columns[s["float_feature_index"]] for s in splits], dtype=np.int64)
        return features, np.array([s["border"] for s in splits], dtype=np.float64)

    def facts(self) -> dict[str, float]:
        return {}


class _Fitted:
    def __init__(self, model: Any) -> None:
        self._model = model

    @property
    def rounds(self) -> int:
        return int(self._model.tree_count_)

    def raw(self, x: Matrix) -> Raw:
        return np.asarray(self._model.predict(x, prediction_type="RawFormulaVal"), dtype=np.float64)

    @property
    def leaf_bounds(self) -> tuple[None]:
        return (None,)

    def units(self, leaves: int | None) -> Raw:
        with TemporaryDirectory() as folder:
            path = Path(folder) / "model.json"
            self._model.save_model(str(path), format="json")
            trees = json.loads(path.read_text(encoding="utf-8"))["oblivious_trees"]
        asked = [[split["float_feature_index"] for split in tree["splits"] or []] for tree in trees]
        splits = np.array([2 ** len(features) - 1 for features in asked], dtype=np.int64)
        distinct = np.array([len(set(features)) for features in asked], dtype=np.int64)
        return cumulative_units(TreeShapes(splits, distinct, oblivious=True))

    def raw_at(self, x: Matrix, sizes: Sequence[Size]) -> list[Raw]:
        return [np.asarray(self._model.predict(x, prediction_type="RawFormulaVal", ntree_end=size.trees), dtype=np.float64) for size in sizes]

    def save(self, path: Path) -> None:
        self._model.save_model(str(path), format="json")
        text = path.read_text(encoding="utf-8")
        # The two fields that differ between equal runs; CatBoost reads neither.
        text = re.sub(r'"model_guid":\s*"[^"]*"', '"model_guid":""', text)
        text = re.sub(r'"train_finish_time":\s*"[^"]*"', '"train_finish_time":""', text)
        path.write_text(text, encoding="utf-8")

    def reopen(self, path: Path) -> Opened:
        model = catboost.CatBoostClassifier()
        model.load_model(str(path), format="json")
        return _Opened(model, path)
