"""The uplift learners on a small experiment whose effect is known; the contract; what is refused."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from jsonschema import Draft202012Validator

from tillcast_trainer.cancel import Cancel
from tillcast_trainer.errors import TrainerError
from tillcast_trainer.progress import Progress
from tillcast_trainer.uplift.__main__ import main
from tillcast_trainer.uplift.run import run
from tillcast_trainer.uplift.spec import LEARNER_NAMES, parse_uplift_spec

CONTRACTS = Path(__file__).parents[2] / "contracts"
ROWS = 4_000


def contract(name: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads((CONTRACTS / f"{name}.schema.json").read_text(encoding="utf-8")))


def world(seed: int = 1) -> dict[str, Any]:
    """A coupon brings those with x > 0 to buy, and keeps the others away; a value in ten is missing."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(ROWS, 3)).astype(np.float32)
    arm = (rng.random(ROWS) < 0.5).astype(np.int32)
    chance = np.clip(0.2 + arm * 0.15 * np.sign(x[:, 0]), 0, 1)
    bought = (rng.random(ROWS) < chance).astype(np.int32)
    x[rng.random(ROWS) < 0.1, 1] = np.nan
    half = np.full(ROWS, 0.5)
    columns = {name: x[:, i] for i, name in enumerate(("a", "b", "c"))}
    shared = {"arm": arm, "bought": bought, "profit": 10.0 * bought - 0.1 * arm, "propensity_0": half, "propensity_1": half}
    return {**columns, **shared, "fold": np.arange(ROWS, dtype=np.int32) % 3, "row": np.arange(ROWS, dtype=np.int32)}


def spec_in(folder: Path, table: dict[str, Any], **over: Any) -> dict[str, Any]:
    pq.write_table(pa.table(table), folder / "units.parquet")
    (folder / "out").mkdir(exist_ok=True)
    spec: dict[str, Any] = {"schema": 1, "table": str(folder / "units.parquet"), "out": str(folder / "out"), "features": ["a", "b", "c"]}
    return {**spec, "treatments": ["coupon"], "learners": list(LEARNER_NAMES), "seed": 1, "threads": 1, **over}


def result_of(folder: Path, spec: dict[str, Any]) -> dict[str, Any]:
    with (folder / "progress").open("w", encoding="utf-8") as stream:
        cancel = Cancel()
        run(parse_uplift_spec(spec), Progress(stream, cancel), cancel)
    result: dict[str, Any] = json.loads((folder / "out" / "result.json").read_text(encoding="utf-8"))
    return result


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("uplift")
    spec = spec_in(folder, world())
    contract("uplift-spec").validate(spec)
    return folder, result_of(folder, spec)


def test_the_result_obeys_its_contract_and_names_only_files_that_exist(done: tuple[Path, dict[str, Any]]) -> None:
    folder, result = done
    contract("uplift-result").validate(result)
    files = [term["file"] for one in result["learners"] for term in one["effects"]["coupon"]["terms"] if "file" in term]
    assert files
    assert all((folder / "out" / file).is_file() for file in files)
    assert not list(folder.rglob("*.pkl"))


@pytest.mark.parametrize("learner", LEARNER_NAMES)
def test_every_learner_tells_whom_the_coupon_helps(done: tuple[Path, dict[str, Any]], learner: str) -> None:
    effects = pq.read_table(done[0] / "out" / "effects_1.parquet").column(learner).to_numpy()
    helped = world()["a"] > 0
    assert effects[helped].mean() > 0.5
    assert effects[~helped].mean() < -0.5


def test_the_same_spec_gives_the_same_numbers(done: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    again = result_of(tmp_path, spec_in(tmp_path, world()))
    assert again["learners"] == done[1]["learners"]


def test_an_outcome_never_reaches_its_own_effect(tmp_path: Path) -> None:
    """Changing the outcomes of one fold changes no effect predicted for that fold."""
    simple = ["t_logistic", "x_ridge", "dr_ridge", "dr_lightgbm"]
    tables = []
    for name, change in (("before", False), ("after", True)):
        folder = tmp_path / name
        folder.mkdir()
        table = world()
        if change:
            first = table["fold"] == 0
            table["bought"] = np.where(first, 1 - table["bought"], table["bought"]).astype(np.int32)
            table["profit"] = 10.0 * table["bought"] - 0.1 * table["arm"]
        result_of(folder, spec_in(folder, table, learners=simple))
        tables.append(pq.read_table(folder / "out" / "effects_1.parquet"))
    first = world()["fold"] == 0
    for learner in simple:
        before, after = (table.column(learner).to_numpy() for table in tables)
        assert np.array_equal(before[first], after[first])
        # The negative control: other folds do learn from it.
        assert not np.allclose(before[~first], after[~first])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"propensity_1": np.zeros(ROWS)}, "propensity_1 is 0"),
        ({"profit": np.full(ROWS, np.nan)}, "not finite"),
        ({"fold": np.zeros(ROWS, dtype=np.int32)}, "at least 3"),
        ({"bought": np.zeros(ROWS, dtype=np.int32)}, "buyers"),
    ],
)
def test_a_table_that_cannot_be_learnt_from_is_refused(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    with pytest.raises(TrainerError, match=said):
        result_of(tmp_path, spec_in(tmp_path, {**world(), **change}))
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"learners": ["dr_pickle"]}, "known are"),
        ({"treatments": []}, "at least one"),
        ({"threads": 0}, "1 or more"),
        ({"extra": 1}, "unknown field"),
    ],
)
def test_a_spec_that_is_wrong_names_field_and_remedy(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    with pytest.raises(TrainerError, match=said):
        parse_uplift_spec({**spec_in(tmp_path, {"a": [1]}), **change})


def test_usage() -> None:
    assert main([]) == 2
