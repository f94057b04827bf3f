"""Golden rows say what the libraries say of the written files."""

import json
from pathlib import Path
from typing import Any

import catboost
import lightgbm
import numpy as np
import pytest
import xgboost
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from conftest import FEATURES, Finished
from tillcast_trainer.golden_rows import golden_rows

Golden = list[dict[str, Any]]
INFINITE = {"Infinity": np.inf, "-Infinity": -np.inf, None: np.nan}


@pytest.fixture(scope="module")
def golden(finished: Finished) -> Golden:
    return [json.loads(line) for line in (finished.out / "golden.jsonl").read_text().splitlines()]


def matrix(golden: Golden) -> NDArray[np.float32]:
    values = [[v if isinstance(v, int | float) else INFINITE[v] for v in line["row"]] for line in golden]
    rows = np.array(values, dtype=np.float32)
    np.testing.assert_array_equal(rows, np.array(values), err_msg="a golden row is not float32")
    return rows


def stored(golden: Golden, name: str, field: str) -> NDArray[np.float64]:
    return np.array([line["members"][name][field] for line in golden])


def test_boosted_answers_are_those_of_the_files_read_anew(finished: Finished, golden: Golden) -> None:
    x = matrix(golden)
    cat = catboost.CatBoostClassifier()
    cat.load_model(str(finished.out / "members/catboost.json"), format="json")
    np.testing.assert_array_equal(stored(golden, "catboost", "raw"), cat.predict(x, prediction_type="RawFormulaVal"))
    shap = cat.get_feature_importance(catboost.Pool(x), type="ShapValues")
    np.testing.assert_array_equal(stored(golden, "catboost", "contributions"), shap[:, :-1])
    light = lightgbm.Booster(model_file=str(finished.out / "members/lightgbm.txt"))
    np.testing.assert_array_equal(stored(golden, "lightgbm", "raw"), light.predict(x, raw_score=True))
    np.testing.assert_array_equal(stored(golden, "lightgbm", "base"), light.predict(x, pred_contrib=True)[:, -1])


def test_xgboost_answers_are_float32_and_finite_rows_agree_with_dmatrix(finished: Finished, golden: Golden) -> None:
    booster = xgboost.Booster(model_file=str(finished.out / "members/xgboost.json"))
    x = matrix(golden)
    finite = ~np.isinf(x).any(axis=1)
    raw = stored(golden, "xgboost", "raw")
    np.testing.assert_array_equal(raw, raw.astype(np.float32))
    data = xgboost.DMatrix(x[finite], feature_names=list(FEATURES))
    np.testing.assert_array_equal(raw[finite], booster.predict(data, output_margin=True))
    assert ["contributions" in line["members"]["xgboost"] for line in golden] == finite.tolist()


def test_the_forest_answers_finite_rows_only(golden: Golden) -> None:
    finite = ~np.isinf(matrix(golden)).any(axis=1)
    assert ["random_forest" in line["members"] for line in golden] == finite.tolist()
    assert 0 < finite.sum() < len(golden)


def test_contributions_add_up(golden: Golden) -> None:
    tolerance = {"catboost": 1e-9, "xgboost": 1e-5, "lightgbm": 1e-9, "random_forest": 1e-12}
    for line in golden:
        for name, answer in line["members"].items():
            if "contributions" in answer:
                assert abs(sum(answer["contributions"]) + answer["base"] - answer["raw"]) <= tolerance[name]


def test_the_base_margin_is_the_librarys_own(finished: Finished) -> None:
    margin = np.float32(finished.member("xgboost")["base_margin"])
    content = json.loads((finished.out / "members/xgboost.json").read_text())
    total = np.full(len(finished.x), margin)
    for tree in content["learner"]["gradient_booster"]["model"]["trees"]:
        total = total + np.array([_leaf(tree, row) for row in finished.x], dtype=np.float32)
    booster = xgboost.Booster(model_file=str(finished.out / "members/xgboost.json"))
    expected = booster.inplace_predict(finished.x, predict_type="margin", validate_features=False)
    np.testing.assert_array_equal(total, expected)
    assert np.abs(total + np.float32(1e-6) - expected).max() > 0


def _leaf(tree: dict[str, Any], row: NDArray[np.float32]) -> np.float32:
    node = 0
    while tree["left_children"][node] != -1:
        value = row[tree["split_indices"][node]]
        left = bool(tree["default_left"][node]) if np.isnan(value) else bool(value < np.float32(tree["split_conditions"][node]))
        node = tree["left_children"][node] if left else tree["right_children"][node]
    return np.float32(tree["split_conditions"][node])


@given(count=st.integers(1, 90), seed=st.integers(0, 2**40), threshold=st.floats(-1e6, 1e6, width=64))
@settings(max_examples=60, deadline=None)
def test_there_are_rows_on_just_below_and_just_above_thresholds(count: int, seed: int, threshold: float) -> None:
    x = np.full((50, 4), 5e7, dtype=np.float32)
    rows = golden_rows(x, [(np.array([2]), np.array([threshold]))], count, seed)
    assert rows.dtype == np.float32
    assert len(rows) == count
    np.testing.assert_array_equal(rows, golden_rows(x, [(np.array([2]), np.array([threshold]))], count, seed))
    if count >= 10:
        on = np.float32(threshold)
        around = {on, np.nextafter(on, np.float32(-np.inf)), np.nextafter(on, np.float32(np.inf))}
        assert around <= set(rows[:, 2])
        assert np.isnan(rows).all(axis=1).any()
    if count >= 30:
        assert np.isposinf(rows).any()
        assert np.isneginf(rows).any()


def test_golden_file_numbers_read_back_exactly(finished: Finished, golden: Golden) -> None:
    text = (finished.out / "golden.jsonl").read_text()
    assert "NaN" not in text
    raw = golden[0]["members"]["catboost"]["raw"]
    assert float(format(raw, ".17g")) == raw
    assert Path(finished.out / "result.json").exists()
