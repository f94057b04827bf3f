"""A scikit-learn forest from Tillcast's own file (contracts/sklearn-forest.schema.json), as far as predicting and explaining go."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier
from sklearn.tree._tree import NODE_DTYPE, Tree


def read_forest(path: Path) -> RandomForestClassifier:
    """Rebuilds the estimator; infinite thresholds stand in the file as the largest float32."""
    content = json.loads(path.read_text())
    width = len(content["feature_names"])
    shape = {"n_features_in_": width, "n_outputs_": 1, "n_classes_": 2, "classes_": np.array([0, 1])}
    forest = RandomForestClassifier(n_estimators=len(content["trees"]), n_jobs=1)
    vars(forest).update(shape, estimators_=[], estimator_=DecisionTreeClassifier())
    for arrays in content["trees"]:
        estimator = DecisionTreeClassifier()
        vars(estimator).update(shape, tree_=_tree(arrays, width), max_features_=width)
        forest.estimators_.append(estimator)
    return forest


def _tree(arrays: dict[str, Any], width: int) -> Tree:
    count = len(arrays["left"])
    nodes = np.zeros(count, dtype=NODE_DTYPE)
    left = np.array(arrays["left"])
    nodes["left_child"] = left
    nodes["right_child"] = arrays["right"]
    nodes["feature"] = np.where(left < 0, -2, np.array(arrays["feature"]))
    nodes["threshold"] = np.where(left < 0, -2.0, np.array(arrays["threshold"]))
    nodes["n_node_samples"] = np.maximum(1, np.array(arrays["cover"])).astype(np.int64)
    nodes["weighted_n_node_samples"] = arrays["cover"]
    nodes["missing_go_to_left"] = arrays["missing_left"]
    value = np.array(arrays["value"])
    tree = Tree(width, np.array([2], dtype=np.intp), 1)
    values = np.column_stack([1 - value, value]).reshape(count, 1, 2)
    tree.__setstate__({"max_depth": _depth(left, np.array(arrays["right"])), "node_count": count, "nodes": nodes, "values": values})
    return tree


def _depth(left: np.ndarray, right: np.ndarray) -> int:
    depth = np.zeros(len(left), dtype=np.int64)
    for node in range(len(left)):
        if left[node] >= 0:
            depth[left[node]] = depth[right[node]] = depth[node] + 1
    return int(depth.max())
