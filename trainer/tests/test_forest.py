"""The exported forest and its exact SHAP values."""

import itertools
import math
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestClassifier

from tillcast_trainer.forest_export import Forest, Tree, export_forest, read_forest, write_forest
from tillcast_trainer.forest_shap import forest_shap

Floats = NDArray[np.float64]


def grown(seed: int, trees: int, features: int, leaf: int, rows: int = 800) -> tuple[RandomForestClassifier, NDArray[np.float32]]:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, features)).astype(np.float32)
    x[rng.random(x.shape) < 0.12] = np.nan
    y = (np.nan_to_num(x[:, 0]) * np.nan_to_num(x[:, -1]) + 0.5 * np.isnan(x[:, 1]) + 0.7 * rng.normal(size=rows) > 0.5).astype(int)
    return RandomForestClassifier(trees, min_samples_leaf=leaf, random_state=seed).fit(x, y), x


def predict(forest: Forest, x: NDArray[np.float32]) -> Floats:
    """The mean of the leaves, tree after tree, from the arrays alone."""
    total = np.zeros(len(x))
    for tree in forest.trees:
        total += [_walk(tree, row) for row in x]
    return total / len(forest.trees)


def _walk(tree: Tree, row: NDArray[np.float32]) -> float:
    node = 0
    while tree.left[node] != -1:
        value = row[tree.feature[node]]
        left = bool(tree.missing_left[node]) if np.isnan(value) else bool(value <= tree.threshold[node])
        node = int(tree.left[node] if left else tree.right[node])
    return float(tree.value[node])


def brute_force(forest: Forest, row: NDArray[np.float32]) -> Floats:
    """Shapley values from all subsets of the path-dependent game (arXiv 1802.03888, algorithm 1)."""
    features = len(forest.feature_names)
    worth = {s: _expected(forest, row, frozenset(s)) for n in range(features + 1) for s in itertools.combinations(range(features), n)}
    phi = np.zeros(features)
    for i in range(features):
        for n in range(features):
            for s in itertools.combinations([j for j in range(features) if j != i], n):
                weight = math.factorial(n) * math.factorial(features - n - 1) / math.factorial(features)
                phi[i] += weight * (worth[tuple(sorted((*s, i)))] - worth[s])
    return phi


def _expected(forest: Forest, row: NDArray[np.float32], known: frozenset[int]) -> float:
    def below(tree: Tree, node: int) -> float:
        left, right = int(tree.left[node]), int(tree.right[node])
        if left == -1:
            return float(tree.value[node])
        feature = int(tree.feature[node])
        if feature not in known:
            return float((tree.cover[left] * below(tree, left) + tree.cover[right] * below(tree, right)) / tree.cover[node])
        value = row[feature]
        goes_left = bool(tree.missing_left[node]) if np.isnan(value) else bool(value <= tree.threshold[node])
        return below(tree, left if goes_left else right)

    return sum(below(tree, 0) for tree in forest.trees) / len(forest.trees)


def test_the_written_forest_predicts_what_scikit_learn_predicts_to_the_bit(tmp_path: Path) -> None:
    estimator, x = grown(seed=1, trees=40, features=6, leaf=2)
    write_forest(export_forest(estimator, tuple("abcdef")), tmp_path / "forest.json")
    forest = read_forest(tmp_path / "forest.json")
    assert max(tree.threshold.max() for tree in forest.trees) > 1e38, "no split known-or-missing: the hard case is not tested"
    np.testing.assert_array_equal(predict(forest, x), estimator.predict_proba(x)[:, 1])
    swapped = replace(forest, trees=tuple(replace(tree, missing_left=1 - tree.missing_left) for tree in forest.trees))
    assert np.abs(predict(swapped, x) - estimator.predict_proba(x)[:, 1]).max() > 0.01


def test_shap_values_are_those_of_the_shap_package() -> None:
    shap: Any = pytest.importorskip("shap")
    estimator, x = grown(seed=2, trees=30, features=8, leaf=3)
    rows = x[:60]
    values, base = forest_shap(export_forest(estimator, tuple("abcdefgh")), rows)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = shap.TreeExplainer(estimator).shap_values(rows)[:, :, 1]
    assert np.abs(values - expected).max() <= 1e-9
    assert np.abs(values.sum(axis=1) + base - estimator.predict_proba(rows)[:, 1]).max() <= 1e-12


@given(seed=st.integers(0, 10_000), leaf=st.integers(1, 30), trees=st.integers(1, 4))
@settings(max_examples=20, deadline=None)
def test_shap_values_are_exact_by_brute_force(seed: int, leaf: int, trees: int) -> None:
    estimator, x = grown(seed, trees, features=4, leaf=leaf, rows=120)
    forest = export_forest(estimator, tuple("abcd"))
    values, base = forest_shap(forest, x[:3])
    for row, found in zip(x[:3], values, strict=True):
        assert np.abs(brute_force(forest, row) - found).max() <= 1e-12
    assert np.abs(values.sum(axis=1) + base - predict(forest, x[:3])).max() <= 1e-12


def test_brute_force_notices_wrong_covers() -> None:
    estimator, x = grown(seed=3, trees=2, features=4, leaf=10, rows=200)
    forest = export_forest(estimator, tuple("abcd"))
    wrong = replace(forest, trees=tuple(replace(tree, cover=np.sqrt(tree.cover)) for tree in forest.trees))
    assert np.abs(brute_force(forest, x[0]) - forest_shap(wrong, x[:1])[0][0]).max() > 1e-4


def test_a_forest_of_stumps_without_a_split_has_no_contributions() -> None:
    leaf = Tree(*(np.array([v]) for v in (-1, -1, -1, 0.0, 0, 10.0, 0.25)))
    values, base = forest_shap(Forest(("a", "b"), (leaf, leaf), "test"), np.zeros((3, 2), dtype=np.float32))
    assert base == 0.25
    assert not values.any()
