"""The three boosting libraries as classifiers of buyers and regressors of effects, kept small: an effect is a faint signal."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import catboost
import lightgbm
import numpy as np
import xgboost

from tillcast_trainer.members.settings import seed32
from tillcast_trainer.uplift.scorer import Scorer, Term
from tillcast_trainer.uplift.table import Matrix, Values

ROUNDS = 120


@dataclass(frozen=True)
class LightGBM:
    """LightGBM: few leaves, many rows in each."""

    threads: int

    def classify(self, x: Matrix, y: Values, seed: int) -> Scorer:
        """P(y = 1 | x)."""
        return self._fit(x, y, seed, {"objective": "binary", "learning_rate": 0.04, "num_leaves": 6, "lambda_l2": 50.0}, rows_a_leaf=300)

    def regress(self, x: Matrix, y: Values, seed: int) -> Scorer:
        """E[y | x]."""
        return self._fit(x, y, seed, {"objective": "regression", "learning_rate": 0.05, "num_leaves": 4, "lambda_l2": 100.0}, rows_a_leaf=50)

    def _fit(self, x: Matrix, y: Values, seed: int, own: dict[str, Any], rows_a_leaf: int) -> Scorer:
        settings = {
            **own,
            "min_data_in_leaf": max(50, len(y) // rows_a_leaf),
            "feature_fraction": 0.8,
            "bagging_fraction": 0.8,
            "bagging_freq": 1,
            "deterministic": True,
            "force_row_wise": True,
            "seed": seed32(seed),
            "num_threads": self.threads,
            "verbosity": -1,
        }
        return _LightGBMScorer(lightgbm.train(settings, lightgbm.Dataset(x, y, params=settings), ROUNDS), own["objective"] == "binary")


@dataclass(frozen=True)
class _LightGBMScorer:
    booster: lightgbm.Booster
    logistic: bool

    def predict(self, x: Matrix) -> Values:
        return np.asarray(self.booster.predict(x), dtype=np.float64)

    def save(self, folder: Path, stem: str) -> Term:
        file = f"members/{stem}.txt"
        self.booster.save_model(str(folder / file))
        return _term(file, self.logistic)


@dataclass(frozen=True)
class XGBoost:
    """XGBoost: shallow trees, heavy leaves."""

    threads: int

    def classify(self, x: Matrix, y: Values, seed: int) -> Scorer:
        """P(y = 1 | x)."""
        # A leaf's weight is Σ p (1 − p), so a buyer counts for about one.
        own = {"objective": "binary:logistic", "max_depth": 3, "min_child_weight": 10.0, "lambda": 50.0}
        return self._fit(x, y, seed, own)

    def regress(self, x: Matrix, y: Values, seed: int) -> Scorer:
        """E[y | x]."""
        own = {"objective": "reg:squarederror", "max_depth": 2, "min_child_weight": max(50.0, len(y) / 50), "lambda": 100.0}
        return self._fit(x, y, seed, own)

    def _fit(self, x: Matrix, y: Values, seed: int, own: dict[str, Any]) -> Scorer:
        settings = {
            **own,
            "eta": 0.05,
            "subsample": 0.8,
            "colsample_bytree": 0.8,
            "tree_method": "hist",
            "seed": seed32(seed),
            "nthread": self.threads,
            "verbosity": 0,
        }
        return _XGBoostScorer(xgboost.train(settings, xgboost.DMatrix(x, y, nthread=self.threads), ROUNDS), own["max_depth"] == 3)


@dataclass(frozen=True)
class _XGBoostScorer:
    booster: xgboost.Booster
    logistic: bool

    def predict(self, x: Matrix) -> Values:
        return np.asarray(self.booster.predict(xgboost.DMatrix(x)), dtype=np.float64)

    def save(self, folder: Path, stem: str) -> Term:
        file = f"members/{stem}.xgboost.json"
        self.booster.save_model(str(folder / file))
        return _term(file, self.logistic)


@dataclass(frozen=True)
class CatBoost:
    """CatBoost: shallow symmetric trees."""

    threads: int

    def classify(self, x: Matrix, y: Values, seed: int) -> Scorer:
        """P(y = 1 | x)."""
        return self._fit(x, y, seed, {"loss_function": "Logloss", "depth": 3, "l2_leaf_reg": 50.0})

    def regress(self, x: Matrix, y: Values, seed: int) -> Scorer:
        """E[y | x]."""
        return self._fit(x, y, seed, {"loss_function": "RMSE", "depth": 2, "l2_leaf_reg": 100.0})

    def _fit(self, x: Matrix, y: Values, seed: int, own: dict[str, Any]) -> Scorer:
        model = catboost.CatBoost(
            {
                **own,
                "iterations": ROUNDS,
                "learning_rate": 0.05,
                "border_count": 64,
                "random_seed": seed32(seed),
                "thread_count": self.threads,
                "allow_writing_files": False,
                "verbose": False,
            }
        )
        model.fit(x, y)
        return _CatBoostScorer(model, own["loss_function"] == "Logloss")


@dataclass(frozen=True)
class _CatBoostScorer:
    model: catboost.CatBoost
    logistic: bool

    def predict(self, x: Matrix) -> Values:
        values = self.model.predict(x, prediction_type="Probability" if self.logistic else "RawFormulaVal")
        return np.asarray(values[:, 1] if self.logistic else values, dtype=np.float64)

    def save(self, folder: Path, stem: str) -> Term:
        file = f"members/{stem}.catboost.json"
        self.model.save_model(str(folder / file), format="json")
        return _term(file, self.logistic)


def _term(file: str, logistic: bool) -> Term:
    return {"link": "logistic" if logistic else "identity", "file": file}
