"""Each library's own ways to score and explain, by the names its documentation gives them."""

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any

import catboost
import lightgbm
import numpy as np
import pandas as pd
import shap
import sklearn
import xgboost

from fastest import Call
from rows import Rows
from sklearn_forest import read_forest


class Libraries:
    """The four models, opened; `scores` and `explanations` hold candidates by member."""

    def __init__(self, models: Path, threads: int, features: list[str]) -> None:
        self.features = features
        self.threads = threads
        self.catboost = catboost.CatBoostClassifier()
        self.catboost.load_model(str(models / "catboost.json"), format="json")
        self.booster = xgboost.Booster({"nthread": threads}, model_file=models / "xgboost.json")
        self.xgboost = xgboost.XGBClassifier(n_jobs=threads)
        self.xgboost.load_model(models / "xgboost.json")
        self.lightgbm = lightgbm.Booster(model_file=models / "lightgbm.txt")
        self.forest = read_forest(models / "random_forest.npz")
        self.forest.n_jobs = threads

    @staticmethod
    def versions() -> dict[str, str]:
        """Of the libraries used here."""
        return {module.__name__: module.__version__ for module in (catboost, xgboost, lightgbm, sklearn, shap, np)}

    def scores(self) -> dict[str, dict[str, Call]]:
        """Probabilities by each library's own method, to choose the fastest from."""
        cb, bst, lgb, rf, threads = self.catboost, self.booster, self.lightgbm, self.forest, self.threads
        return {
            "catboost": {
                "predict_proba(array)": lambda r: cb.predict_proba(r.x, thread_count=threads)[:, 1],
                "predict(array, RawFormulaVal)": lambda r: sigmoid(cb.predict(r.x, "RawFormulaVal", thread_count=threads)),
                "predict(Pool, RawFormulaVal)": lambda r: sigmoid(cb.predict(catboost.Pool(r.x), "RawFormulaVal", thread_count=threads)),
                "predict(FeaturesData, RawFormulaVal)": lambda r: sigmoid(cb.predict(features_data(r), "RawFormulaVal", thread_count=threads)),
            },
            "xgboost": {
                "inplace_predict(array)": lambda r: bst.inplace_predict(r.x, validate_features=False),
                "predict(DMatrix)": lambda r: bst.predict(xgboost.DMatrix(r.x, nthread=threads), validate_features=False),
                "predict_proba(array)": lambda r: self.xgboost.predict_proba(r.x)[:, 1],
            },
            "lightgbm": {
                "predict(float64 array)": lambda r: lgb.predict(r.x64, num_threads=threads),
                "predict(float32 array)": lambda r: lgb.predict(r.x, num_threads=threads),
                "predict(float64 array, raw_score)": lambda r: sigmoid(lgb.predict(r.x64, raw_score=True, num_threads=threads)),
            },
            "random_forest": {
                "predict_proba(array)": lambda r: rf.predict_proba(r.filled)[:, 1],
                "predict_proba(array), unchecked": unchecked(lambda r: rf.predict_proba(r.filled)[:, 1]),
            },
        }

    def hand_written_scores(self) -> dict[str, dict[str, Call]]:
        """The same, the forest as a loop over its trees: no call of the library, but what a hurried engineer would write."""
        estimators = self.forest.estimators_
        trees = [estimator.tree_ for estimator in estimators]
        leaves = [np.ascontiguousarray(tree.value[:, 0, 1]) for tree in trees]
        loops: dict[str, Call] = {
            "mean of the trees' predict_proba, unchecked": lambda r: (
                sum(estimator.predict_proba(r.filled, check_input=False)[:, 1] for estimator in estimators) / len(estimators)
            ),
            "mean of tree_.predict": lambda r: sum(tree.predict(r.filled) for tree in trees)[:, 1] / len(trees),
            "mean of leaves by tree_.apply": lambda r: sum(leaf[tree.apply(r.filled)] for leaf, tree in zip(leaves, trees, strict=True)) / len(trees),
        }
        scores = self.scores()
        return {**scores, "random_forest": {**scores["random_forest"], **loops}}

    def usual_scores(self) -> dict[str, Call]:
        """A DataFrame and `predict_proba`, as most services are written; LightGBM's and CatBoost's classifiers take the same."""
        names = self.features
        return {
            "catboost": lambda r: self.catboost.predict_proba(frame(r.x, names))[:, 1],
            "xgboost": lambda r: self.xgboost.predict_proba(frame(r.x, names))[:, 1],
            "lightgbm": lambda r: self.lightgbm.predict(frame(r.x64, names)),
            "random_forest": lambda r: self.forest.predict_proba(frame(r.filled, names).to_numpy())[:, 1],
        }

    @cached_property
    def forest_explainer(self) -> Any:
        """Path-dependent exact TreeSHAP of the forest, which scikit-learn has not."""
        return shap.TreeExplainer(self.forest, feature_perturbation="tree_path_dependent")

    def explanations(self) -> dict[str, dict[str, Call]]:
        """Exact path-dependent SHAP values and, in the last column, the base value."""
        cb, threads = self.catboost, self.threads

        def of_catboost(pool: catboost.Pool) -> np.ndarray:
            return cb.get_feature_importance(pool, type="ShapValues", thread_count=threads)

        return {
            "catboost": {
                "ShapValues(Pool)": lambda r: of_catboost(catboost.Pool(r.x)),
                "ShapValues(Pool of FeaturesData)": lambda r: of_catboost(catboost.Pool(features_data(r))),
            },
            "xgboost": {"predict(DMatrix, pred_contribs)": explain_xgboost(self.booster, threads)},
            "lightgbm": {"predict(float64 array, pred_contrib)": lambda r: self.lightgbm.predict(r.x64, pred_contrib=True, num_threads=threads)},
            "random_forest": {"shap.TreeExplainer": self.explain_forest},
        }

    def explain_forest(self, rows: Rows) -> np.ndarray:
        """Contributions to the probability of buying."""
        values = self.forest_explainer.shap_values(rows.filled, check_additivity=False)[:, :, 1]
        return np.column_stack([values, np.full(len(rows), self.forest_explainer.expected_value[1])])

    def usual_explanations(self) -> dict[str, Call]:
        """`shap.TreeExplainer(model)(DataFrame)` for each, explainers made beforehand."""
        names = self.features

        def usual(model: Any, values: Callable[[Rows], np.ndarray]) -> Call:
            explainer = shap.TreeExplainer(model)

            def explain(rows: Rows) -> np.ndarray:
                explanation = explainer(frame(values(rows), names))
                contributions, base = explanation.values, np.asarray(explanation.base_values)
                if contributions.ndim == 3:
                    contributions, base = contributions[:, :, 1], base[:, 1]
                return np.column_stack([contributions, np.broadcast_to(base.reshape(-1), len(rows))])

            return explain

        return {
            "catboost": usual(self.catboost, lambda r: r.x),
            "xgboost": usual(self.xgboost, lambda r: r.x),
            "lightgbm": usual(self.lightgbm, lambda r: r.x64),
            "random_forest": usual(self.forest, lambda r: r.filled),
        }


def explain_xgboost(booster: xgboost.Booster, threads: int) -> Call:
    """XGBoost's own contributions."""
    return lambda r: booster.predict(xgboost.DMatrix(r.x, nthread=threads), pred_contribs=True, validate_features=False)


def sigmoid(margin: np.ndarray) -> np.ndarray:
    """Log-odds to probability."""
    return 1 / (1 + np.exp(-margin))


def frame(values: np.ndarray, names: list[str]) -> pd.DataFrame:
    """Rows as a service holds them."""
    return pd.DataFrame(values, columns=names)


def features_data(rows: Rows) -> catboost.FeaturesData:
    """CatBoost's own form of numeric rows."""
    return catboost.FeaturesData(num_feature_data=rows.x)


def unchecked(call: Call) -> Call:
    """The same without scikit-learn's checks of parameters and finiteness, as its guide to latency advises."""

    def inside(rows: Rows) -> np.ndarray:
        with sklearn.config_context(assume_finite=True, skip_parameter_validation=True):
            return call(rows)

    return inside
