"""Our learners beside econml's and causalml's, told the same responses (fixtures/uplift/learners.json, trainer/fixtures/make_uplift.py)."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tillcast_trainer.uplift.formulas import doubly_robust_effect, imputed_effects
from tillcast_trainer.uplift.linear import ridge_line
from tillcast_trainer.uplift.table import Units, Values

CASE = json.loads((Path(__file__).parents[2] / "fixtures" / "uplift" / "learners.json").read_text(encoding="utf-8"))


def column(name: str) -> Values:
    return np.asarray(CASE[name], dtype=np.float64)


@pytest.fixture
def units() -> Units:
    count = len(CASE["profit"])
    return Units(
        x=column("x").astype(np.float32),
        treated=column("treated") == 1,
        propensity=column("propensity"),
        bought=np.zeros(count, dtype=np.int8),
        profit=column("profit"),
        fold=np.zeros(count, dtype=np.int64),
        row=np.arange(count),
    )


def line(x: Values, y: Values, at: Values) -> Values:
    intercept, coefficients = ridge_line(x, y, 0.0)
    return np.asarray(intercept + at @ coefficients, dtype=np.float64)


def dr_effects(units: Units) -> Values:
    return line(column("x"), doubly_robust_effect(units, column("control"), column("expected_treated")), column("x"))


def test_dr_learner_agrees_with_econml(units: Units) -> None:
    assert np.abs(dr_effects(units) - column("econml_dr")).max() <= 1e-6


def test_x_learner_agrees_with_causalml(units: Units) -> None:
    x, imputed = column("x"), imputed_effects(units, column("control"), column("expected_treated"))
    share = float(units.propensity.mean())
    of_control = line(x[~units.treated], imputed[~units.treated], x)
    of_treated = line(x[units.treated], imputed[units.treated], x)
    assert np.abs(share * of_control + (1 - share) * of_treated - column("causalml_x")).max() <= 1e-6


def test_a_wrong_propensity_would_be_noticed(units: Units) -> None:
    swapped: dict[str, Any] = {**vars(units), "propensity": 1 - units.propensity}
    assert np.abs(dr_effects(Units(**swapped)) - column("econml_dr")).max() > 1e-3
