"""The exporter: one call for four libraries, whole files or none, refusals by name."""

import json
from pathlib import Path
from typing import Any

import catboost
import lightgbm
import numpy as np
import pytest
import xgboost
from numpy.typing import NDArray
from sklearn.ensemble import (
    AdaBoostClassifier,
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)

from tillcast_export import ExportError, save

Table = tuple[NDArray[np.float64], NDArray[np.int64]]
NAMES = ["price", "views", "age"]


@pytest.fixture(scope="module")
def table() -> Table:
    rng = np.random.default_rng(4)
    x = rng.normal(size=(300, 3))
    return x, (x[:, 0] + rng.normal(size=300) > 0).astype(np.int64)


def names_in(path: Path) -> list[str]:
    text = path.read_text()
    if text.startswith("tree"):
        return next(line for line in text.split("\n") if line.startswith("feature_names=")).split("=")[1].split(" ")
    file = json.loads(text)
    if "features_info" in file:
        return [feature["feature_id"] for feature in file["features_info"]["float_features"]]
    return list(file["feature_names"] if "feature_names" in file else file["learner"]["feature_names"])


@pytest.mark.parametrize(
    "model",
    [
        catboost.CatBoostClassifier(iterations=3, verbose=0, allow_writing_files=False),
        xgboost.XGBClassifier(n_estimators=3),
        lightgbm.LGBMClassifier(n_estimators=3, verbose=-1),
        RandomForestClassifier(3),
        ExtraTreesClassifier(3),
        GradientBoostingClassifier(n_estimators=3),
        HistGradientBoostingClassifier(max_iter=3),
    ],
    ids=lambda model: type(model).__name__,
)
def test_writes_any_library_under_the_given_names(model: Any, table: Table, tmp_path: Path) -> None:
    x, y = table
    model.fit(x, y)
    before = model.predict_proba(x)
    path = tmp_path / ("model.txt" if isinstance(model, lightgbm.LGBMClassifier) else "model.json")
    save(model, path, feature_names=NAMES)
    assert names_in(path) == NAMES
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
    # The caller's model stays as it was.
    np.testing.assert_array_equal(model.predict_proba(x), before)
    with pytest.raises(ExportError, match="2 names"):
        save(model, path, feature_names=NAMES[:2])
    assert names_in(path) == NAMES


def test_a_renamed_lightgbm_file_is_read_back(table: Table, tmp_path: Path) -> None:
    x, y = table
    booster = lightgbm.train({"objective": "binary", "verbose": -1}, lightgbm.Dataset(x, y), 5)
    save(booster, tmp_path / "model.txt", feature_names=NAMES)
    back = lightgbm.Booster(model_file=tmp_path / "model.txt")
    assert back.feature_name() == NAMES
    np.testing.assert_array_equal(np.asarray(back.predict(x)), np.asarray(booster.predict(x)))
    with pytest.raises(ExportError, match="separates names by blanks"):
        save(booster, tmp_path / "model.txt", feature_names=["a b", "c", "d"])


def test_catboost_categories_need_their_pool(table: Table, tmp_path: Path) -> None:
    x, y = table
    rows = [[float(a), f"brand {int(abs(b) * 3)}", float(c)] for a, b, c in x]
    pool = catboost.Pool(rows, y, cat_features=[1])
    model = catboost.CatBoostClassifier(iterations=5, verbose=0, allow_writing_files=False).fit(pool)
    path = tmp_path / "model.json"
    with pytest.raises(ExportError, match="pool=train_pool"):
        save(model, path)
    assert list(tmp_path.iterdir()) == []
    save(model, path, feature_names=NAMES, pool=pool)
    info = json.loads(path.read_text())["features_info"]
    assert {entry["value"] for entry in info["cat_features_hash"]} == {row[1] for row in rows}
    assert info["categorical_features"][0]["feature_id"] == "views"


def test_refuses_by_name(table: Table, tmp_path: Path) -> None:
    x, y = table
    path = tmp_path / "model.json"
    with pytest.raises(ExportError, match="AdaBoostClassifier is not supported"):
        save(AdaBoostClassifier(n_estimators=2).fit(x, y), path)
    with pytest.raises(ExportError, match="dict is no model"):
        save({}, path)
    with pytest.raises(ExportError, match="tells 3 classes apart"):
        save(RandomForestClassifier(2).fit(x, np.arange(300) % 3), path)
    with pytest.raises(ExportError, match='loss "exponential"'):
        save(GradientBoostingClassifier(n_estimators=2, loss="exponential").fit(x, y), path)
    with pytest.raises(ExportError, match="a name twice"):
        save(RandomForestClassifier(2).fit(x, y), path, feature_names=["a", "a", "b"])
    with pytest.raises(ExportError, match="only CatBoost takes a pool"):
        save(RandomForestClassifier(2).fit(x, y), path, pool=catboost.Pool(x, y))
    assert not path.exists()
