"""A scikit-learn forest as plain arrays (contracts/sklearn-forest.schema.json)."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import sklearn
from numpy.typing import NDArray

LARGEST_FLOAT32 = float(np.finfo(np.float32).max)


@dataclass(frozen=True)
class Tree:
    """One tree, node after node; -1 children mark a leaf."""

    left: NDArray[np.int64]
    right: NDArray[np.int64]
    feature: NDArray[np.int64]
    threshold: NDArray[np.float64]
    missing_left: NDArray[np.int64]
    cover: NDArray[np.float64]
    value: NDArray[np.float64]


@dataclass(frozen=True)
class Forest:
    """All trees; the forest's answer is the mean of the leaves' values."""

    feature_names: tuple[str, ...]
    trees: tuple[Tree, ...]
    library: str


def export_forest(estimator: Any, feature_names: tuple[str, ...]) -> Forest:
    """The arrays of a fitted binary RandomForestClassifier."""
    trees = tuple(_export_tree(member.tree_) for member in estimator.estimators_)
    return Forest(feature_names, trees, f"scikit-learn {sklearn.__version__}")


def _export_tree(tree: Any) -> Tree:
    inner = tree.children_left != -1
    threshold = np.where(inner, tree.threshold, 0.0)
    # A split "known or missing" has an infinite threshold, which JSON cannot hold; every finite float32 is at most this one.
    threshold = np.where(np.isposinf(threshold), LARGEST_FLOAT32, threshold)
    return Tree(
        left=tree.children_left.astype(np.int64),
        right=tree.children_right.astype(np.int64),
        feature=np.where(inner, tree.feature, -1).astype(np.int64),
        threshold=threshold,
        missing_left=np.where(inner, tree.missing_go_to_left, 0).astype(np.int64),
        cover=tree.weighted_n_node_samples.astype(np.float64),
        value=tree.value[:, 0, 1].astype(np.float64),
    )


def write_forest(forest: Forest, path: Path) -> None:
    """Writes the arrays as JSON, numbers in the shortest form that reads back exactly."""
    head = {
        "format": "tillcast-sklearn-forest",
        "version": 1,
        "library": forest.library,
        "estimator": "RandomForestClassifier",
        "feature_names": list(forest.feature_names),
    }
    with path.open("w", encoding="utf-8") as file:
        file.write(json.dumps(head)[:-1] + ', "trees": [')
        for i, tree in enumerate(forest.trees):
            arrays = {name: values.tolist() for name, values in vars(tree).items()}
            file.write(("," if i else "") + "\n" + json.dumps(arrays, separators=(",", ":"), allow_nan=False))
        file.write("\n]}\n")


def read_forest(path: Path) -> Forest:
    """Reads what `write_forest` wrote."""
    content = json.loads(path.read_text(encoding="utf-8"))
    trees = tuple(_read_tree(tree) for tree in content["trees"])
    return Forest(tuple(content["feature_names"]), trees, content["library"])


def _read_tree(tree: dict[str, list[float]]) -> Tree:
    return Tree(
        left=np.array(tree["left"], dtype=np.int64),
        right=np.array(tree["right"], dtype=np.int64),
        feature=np.array(tree["feature"], dtype=np.int64),
        threshold=np.array(tree["threshold"], dtype=np.float64),
        missing_left=np.array(tree["missing_left"], dtype=np.int64),
        cover=np.array(tree["cover"], dtype=np.float64),
        value=np.array(tree["value"], dtype=np.float64),
    )
