"""scikit-learn's forests and gradient boosting as plain arrays (contracts/sklearn-forest.schema.json)."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from tillcast_export.errors import ExportError

Arrays = dict[str, Any]


def write_sklearn(model: Any, path: Path, feature_names: list[str] | None, pool: Any) -> None:
    """Arrays of a fitted estimator; numbers in the shortest form that reads back exactly."""
    import sklearn

    if pool is not None:
        raise ExportError("only CatBoost takes a pool; leave it out")
    kind = next((base.__name__ for base in type(model).__mro__ if base.__name__ in _readers), None)
    if kind is None:
        raise ExportError(f"{type(model).__name__} is not supported; export one of {', '.join(_readers)}")
    if kind.endswith("Classifier") and len(model.classes_) != 2:
        raise ExportError(f"the model tells {len(model.classes_)} classes apart; export a binary one")
    names = feature_names or [str(name) for name in getattr(model, "feature_names_in_", [f"f{i}" for i in range(model.n_features_in_)])]
    if len(names) != model.n_features_in_:
        raise ExportError(f"feature_names holds {len(names)} names, the model has {model.n_features_in_} features")
    head = {
        "format": "tillcast-sklearn-forest",
        "version": 1,
        "library": f"scikit-learn {sklearn.__version__}",
        "estimator": kind,
        "feature_names": names,
    }
    content = {**head, **_readers[kind](model)}
    path.write_text(json.dumps(content, separators=(",", ":"), allow_nan=False) + "\n", encoding="utf-8")


def _forest(model: Any) -> Arrays:
    if getattr(model, "n_outputs_", 1) != 1:
        raise ExportError(f"the model has {model.n_outputs_} outputs; export one with a single output")
    column = 1 if hasattr(model, "classes_") else 0
    return {"trees": [_tree(member.tree_, column, 1.0) for member in model.estimators_]}


def _boosting(model: Any) -> Arrays:
    if hasattr(model, "classes_") and model.loss != "log_loss":
        raise ExportError(f'the loss "{model.loss}" is not supported; train with "log_loss", so that scores are log-odds')
    if model.init is not None and model.init != "zero":
        raise ExportError("an estimator as init is not supported; leave init out")
    base = float(model._raw_predict_init(np.zeros((1, model.n_features_in_), np.float32))[0, 0])
    return {"base": base, "trees": [_tree(member.tree_, 0, model.learning_rate) for member in model.estimators_[:, 0]]}


def _tree(tree: Any, column: int, scale: float) -> Arrays:
    inner = tree.children_left != -1
    return {
        "left": tree.children_left.tolist(),
        "right": tree.children_right.tolist(),
        "feature": np.where(inner, tree.feature, -1).tolist(),
        # "Known or missing" is an infinite threshold, which JSON cannot hold; every finite float32 is at most the largest.
        "threshold": np.where(inner, np.minimum(tree.threshold, float(np.finfo(np.float32).max)), 0.0).tolist(),
        "missing_left": np.where(inner, tree.missing_go_to_left, 0).astype(int).tolist(),
        "cover": tree.weighted_n_node_samples.tolist(),
        "value": (tree.value[:, 0, column] * scale).tolist(),
    }


def _histogram_boosting(model: Any) -> Arrays:
    if model.loss in ("gamma", "poisson"):
        raise ExportError(f'the loss "{model.loss}" predicts through a logarithm and is not supported; train with "squared_error"')
    if model.n_trees_per_iteration_ != 1:
        raise ExportError("models of several classes are not supported; export a binary one")
    order, categories = _columns(model)
    trees = [_histogram_tree(iteration[0], order) for iteration in model._predictors]
    content: Arrays = {"base": float(model._baseline_prediction.item()), "trees": trees}
    return {**content, "categories": categories} if categories else content


def _columns(model: Any) -> tuple[list[int], dict[str, list[Any]]]:
    """The feature behind each column of the trees, and each categorical feature's categories, by their number: they stand in front there."""
    if model._preprocessor is None:
        return list(range(model.n_features_in_)), {}
    categorical = np.flatnonzero(model.is_categorical_).tolist()
    order = [*categorical, *np.flatnonzero(~model.is_categorical_).tolist()]
    known = model._preprocessor.named_transformers_["encoder"].categories_
    categories = {}
    for feature, values in zip(categorical, known, strict=True):
        # A missing value has a number of its own in the encoder's list, and none in the trees.
        categories[str(feature)] = [_plain(value) for value in values if not (isinstance(value, float) and np.isnan(value))]
    return order, categories


def _plain(category: Any) -> str | int | float | bool:
    value = category.item() if hasattr(category, "item") else category
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if not isinstance(value, str | int | float):
        raise ExportError(f"the category {value!r} is neither text nor a number")
    return value


def _histogram_tree(predictor: Any, order: list[int]) -> Arrays:
    nodes = predictor.nodes
    inner = nodes["is_leaf"] == 0
    categorical = inner & (nodes["is_categorical"] == 1)
    tree: Arrays = {
        "left": np.where(inner, nodes["left"].astype(np.int64), -1).tolist(),
        "right": np.where(inner, nodes["right"].astype(np.int64), -1).tolist(),
        "feature": [order[column] if branch else -1 for column, branch in zip(nodes["feature_idx"].tolist(), inner.tolist(), strict=True)],
        "threshold": np.where(inner & ~categorical, np.minimum(nodes["num_threshold"], np.finfo(np.float64).max), 0.0).tolist(),
        "missing_left": np.where(inner, nodes["missing_go_to_left"], 0).astype(int).tolist(),
        "cover": nodes["count"].astype(np.float64).tolist(),
        "value": nodes["value"].tolist(),
    }
    if categorical.any():
        tree["left_categories"] = [
            _members(predictor.raw_left_cat_bitsets[node["bitset_idx"]]) if asks else None for node, asks in zip(nodes, categorical, strict=True)
        ]
    return tree


def _members(bitset: Any) -> list[int]:
    return [32 * word + bit for word in range(len(bitset)) for bit in range(32) if int(bitset[word]) >> bit & 1]


_readers: dict[str, Callable[[Any], Arrays]] = {
    "RandomForestClassifier": _forest,
    "ExtraTreesClassifier": _forest,
    "RandomForestRegressor": _forest,
    "ExtraTreesRegressor": _forest,
    "GradientBoostingClassifier": _boosting,
    "GradientBoostingRegressor": _boosting,
    "HistGradientBoostingClassifier": _histogram_boosting,
    "HistGradientBoostingRegressor": _histogram_boosting,
}
