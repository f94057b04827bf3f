"""Cost units: the contract's coefficients and examples, to the bit as TypeScript has them."""

import json
from pathlib import Path
from typing import Any

import catboost
import lightgbm
import numpy as np
import pytest
import xgboost

from conftest import CONTRACTS
from tillcast_trainer import cost
from tillcast_trainer.cost import COEFFICIENTS, cumulative_units
from tillcast_trainer.forest_cut import CutForest
from tillcast_trainer.forest_export import read_forest
from tillcast_trainer.members import catboost as catboost_member
from tillcast_trainer.members import lightgbm as lightgbm_member
from tillcast_trainer.members import xgboost as xgboost_member
from tillcast_trainer.tree_arrays import shapes_of

CONTRACT = json.loads((CONTRACTS / "cost-units.json").read_text())
MODELS = CONTRACTS.parent / "fixtures/models"


def units_of(example: dict[str, Any]) -> float:
    folder = MODELS / example["model"]
    leaves = example.get("leaves")
    if example["model"].startswith("sklearn"):
        cut = CutForest(read_forest(folder / "model.json"), 10_000)
        units = cumulative_units(shapes_of(cut.trees, cut.is_open(leaves or 10_000)))
    elif example["model"].startswith("catboost"):
        model = catboost.CatBoost()
        model.load_model(str(folder / "model.json"), format="json")
        units = catboost_member._Fitted(model).units(None)
    elif example["model"].startswith("xgboost"):
        booster = xgboost.Booster(model_file=str(folder / "model.json"))
        units = xgboost_member._Fitted(booster, booster.num_boosted_rounds()).units(None)
    else:
        lightgbm_booster = lightgbm.Booster(model_file=str(folder / "model.txt"))
        units = lightgbm_member._Fitted(lightgbm_booster, lightgbm_booster.current_iteration()).units(None)
    return float(units[example["trees"] - 1])


def test_the_coefficients_are_the_contracts() -> None:
    assert CONTRACT["milliUnits"] == COEFFICIENTS


@pytest.mark.parametrize("example", CONTRACT["examples"], ids=lambda e: f"{e['model']}-{e['trees']}-{e.get('leaves')}")
def test_models_cost_what_the_contract_says(example: dict[str, Any]) -> None:
    assert units_of(example) == example["units"]


def test_another_coefficient_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(cost.COEFFICIENTS, "explainSplitNode", COEFFICIENTS["explainSplitNode"] + 1)
    wrong = [example["model"] for example in CONTRACT["examples"] if units_of(example) != example["units"]]
    assert {"xgboost-default", "lightgbm-default", "sklearn-forest-default"} <= set(wrong)


def test_a_path_that_asks_twice_needs_no_more_nodes() -> None:
    cut = CutForest(read_forest(Path(MODELS / "sklearn-forest-deep/model.json")), 10_000)
    shapes = shapes_of(cut.trees)
    features = int(cut.trees.feature.max()) + 1
    assert shapes.splits.sum() == (cut.trees.left != -1).sum()
    assert np.all(shapes.distinct_on_path <= features)
    assert shapes.distinct_on_path.max() == features
