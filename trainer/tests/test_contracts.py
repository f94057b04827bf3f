"""Everything written obeys contracts/."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from conftest import Finished, make_spec, train

Check = Callable[[str, Any], None]


def test_spec_result_progress_golden_and_forest_obey_their_schemas(finished: Finished, validator: Check) -> None:
    validator("training-spec", finished.spec)
    validator("training-result", finished.result)
    for line in finished.lines:
        validator("progress-line", line)
    for text in (finished.out / "golden.jsonl").read_text().splitlines():
        validator("golden-row", json.loads(text))
    validator("sklearn-forest", json.loads((finished.out / "members/random_forest.json").read_text()))


def test_the_check_can_fail(finished: Finished, validator: Check) -> None:
    with pytest.raises(jsonschema.ValidationError):
        validator("training-result", {**finished.result, "members": [{"name": "svm"}]})


def test_the_folder_holds_the_contract_and_nothing_else(finished: Finished) -> None:
    files = sorted(str(path.relative_to(finished.out)) for path in finished.out.rglob("*") if path.is_file())
    members = [f"members/{name}" for name in ("catboost.json", "lightgbm.txt", "random_forest.json", "xgboost.json")]
    assert files == ["golden.jsonl", *members, "oof.parquet", "result.json"]


def test_out_of_fold_scores_cover_every_fit_row_once(finished: Finished) -> None:
    oof = pq.read_table(finished.out / "oof.parquet")
    assert oof.schema.field("row").type == pa.int32()
    sizes = {member["name"]: member["sizes"] for member in finished.result["members"]}
    named = [
        f"{name}" if size == offered[-1] else f"{name}@{size['trees']}" + (f"x{size['leaves']}" if size["leaves"] else "")
        for name, offered in sizes.items()
        for size in offered
    ]
    assert oof.column_names == ["row", *named]
    assert {"catboost", "xgboost", "lightgbm", "random_forest"} < set(named)
    assert oof.column("row").to_pylist() == list(range(900))
    assert all(oof.schema.field(name).type == pa.float64() for name in oof.column_names[1:])
    assert all(pa.compute.all(pa.compute.is_finite(oof.column(name))).as_py() for name in oof.column_names[1:])


def test_only_the_matured_net_labels_are_fitted(table: Path, tmp_path: Path) -> None:
    lines = train(make_spec(table, tmp_path / "out", label="label_net", members=[{"name": "lightgbm", "trials": 0}]))
    assert lines[0]["rows"] == 900 - 18
