"""The trainer's own validation says no where the schema says no, in words a person can act on."""

import copy
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import CONTRACTS, make_spec
from tillcast_trainer.errors import TrainerError
from tillcast_trainer.spec import parse_spec, read_spec

SCHEMA = jsonschema.Draft202012Validator(json.loads((CONTRACTS / "training-spec.schema.json").read_text()))
FULL = make_spec(
    Path("/data/table.parquet"),
    Path("/tmp"),
    monotone={"carts": 1},
    objective="roc_auc",
    oof=True,
    golden_rows=3,
    study="study.db",
    study_prefix="item-",
    budget_seconds=2.5,
    max_trees=9,
)
odd_values = st.one_of(
    st.none(), st.booleans(), st.integers(-2, 3), st.just(0.5), st.text("ab", max_size=2), st.just([]), st.just({}), st.just(["a", "a"])
)


@given(field=st.sampled_from([*FULL, "stray"]), value=odd_values)
@settings(max_examples=300, deadline=None)
def test_validation_agrees_with_the_schema(field: str, value: Any) -> None:
    spec = {**copy.deepcopy(FULL), field: value}
    if field in ("features", "label") and SCHEMA.is_valid(spec):
        return  # `monotone` speaks of the features: the schema cannot see that
    assert _accepts(spec) == SCHEMA.is_valid(spec)


@given(field=st.sampled_from(["name", "trials", "params", "rounds", "stray"]), value=odd_values)
@settings(max_examples=200, deadline=None)
def test_validation_of_members_agrees_with_the_schema(field: str, value: Any) -> None:
    spec = {**FULL, "members": [{"name": "xgboost", "trials": 1, field: value}]}
    assert _accepts(spec) == SCHEMA.is_valid(spec)


def _accepts(spec: dict[str, Any]) -> bool:
    try:
        parse_spec(spec)
    except TrainerError:
        return False
    return True


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"threads": 0}, r"spec.threads is 0; it must be a whole number, 1 or more"),
        ({"label": "bought"}, r"spec.label is 'bought'; it must be one of label, label_net"),
        ({"features": ["a", "a"]}, r"spec.features is 'a'; it stands there twice"),
        ({"seeed": 1}, r"unknown field seeed; known: .*seed"),
        ({"stop_split": "train"}, r'stop_split "train" is also in fit_splits'),
        ({"monotone": {"nope": 1}}, r'monotone names "nope", which is not in features'),
        ({"members": [{"name": "xgboost", "trials": 0}] * 2}, r'members names "xgboost" twice'),
        ({"members": [{"name": "svm", "trials": 0}]}, r"members\[0\].name is 'svm'; it must be one of catboost"),
    ],
)
def test_errors_name_field_value_and_remedy(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(TrainerError, match=said) as caught:
        parse_spec({**FULL, **changes})
    assert caught.value.code == "INPUT_INVALID"


def test_a_spec_that_is_no_json_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "spec.json"
    path.write_text('{"schema": 1')
    with pytest.raises(TrainerError, match="is not JSON"):
        read_spec(path)
    with pytest.raises(TrainerError, match="does not exist"):
        read_spec(tmp_path / "none.json")
