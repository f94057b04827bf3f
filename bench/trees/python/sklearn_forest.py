"""A fitted scikit-learn forest in a file of plain arrays and back: nothing is ever unpickled."""

from pathlib import Path

import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier
from sklearn.tree._tree import Tree


def write_forest(forest: RandomForestClassifier, path: Path) -> None:
    """The trees' own state, one behind the other."""
    states = [estimator.tree_.__getstate__() for estimator in forest.estimators_]
    np.savez(
        path,
        features=forest.n_features_in_,
        max_depth=[state["max_depth"] for state in states],
        node_count=[state["node_count"] for state in states],
        nodes=np.concatenate([state["nodes"] for state in states]),
        values=np.concatenate([state["values"] for state in states]),
    )


def read_forest(path: Path) -> RandomForestClassifier:
    """The estimator as it was fitted, as far as predicting and explaining go."""
    with np.load(path, allow_pickle=False) as arrays:
        features, depths, counts, nodes, values = (arrays[name] for name in ("features", "max_depth", "node_count", "nodes", "values"))
    shape = {"n_features_in_": int(features), "n_outputs_": 1, "n_classes_": 2, "classes_": np.array([0, 1])}
    forest = RandomForestClassifier(n_estimators=len(counts))
    vars(forest).update(shape, estimators_=[], estimator_=DecisionTreeClassifier())
    for depth, count, end in zip(depths, counts, np.cumsum(counts), strict=True):
        tree = Tree(int(features), np.array([2], dtype=np.intp), 1)
        part = slice(end - count, end)
        tree.__setstate__({"max_depth": int(depth), "node_count": int(count), "nodes": nodes[part], "values": values[part]})
        estimator = DecisionTreeClassifier()
        vars(estimator).update(shape, tree_=tree, max_features_=int(features))
        forest.estimators_.append(estimator)
    return forest
