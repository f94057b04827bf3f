"""Data that cannot be learnt from are refused, and nothing half-written stays."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from conftest import make_columns, make_spec, train, write_table
from tillcast_trainer.cancel import Cancel
from tillcast_trainer.errors import TrainerError

XGBOOST = [{"name": "xgboost", "trials": 0, "params": {"num_boost_round": 5}}]


def refused(tmp_path: Path, columns: dict[str, pa.Array], **changes: Any) -> TrainerError:
    spec = make_spec(write_table(tmp_path / "table.parquet", columns), tmp_path / "out", **{"members": XGBOOST, **changes})
    with pytest.raises(TrainerError) as caught:
        train(spec)
    assert list((tmp_path / "out").iterdir()) == []
    return caught.value


@pytest.mark.parametrize("label", [0, 1])
def test_one_class(tmp_path: Path, label: int) -> None:
    columns = make_columns()
    error = refused(tmp_path, columns | {"label": pa.array(np.full(1500, label, dtype=np.int8))})
    assert (error.code, error.exit_code) == ("ONE_CLASS", 3)


def test_too_few_positives_says_how_many_are_missing(tmp_path: Path) -> None:
    error = refused(tmp_path, make_columns(buyers=24))
    assert (error.code, error.exit_code) == ("TOO_FEW_POSITIVES", 3)
    assert "24 of the 900 rows of train bought; at least 25 are needed: 1 are missing" in str(error)


def test_25_positives_are_enough(tmp_path: Path) -> None:
    train(make_spec(write_table(tmp_path / "table.parquet", make_columns(buyers=25)), tmp_path / "out", members=XGBOOST))


def replaced(name: str, values: Any) -> dict[str, pa.Array]:
    return {**make_columns(), name: values}


def with_value(value: float) -> pa.Array:
    column = make_columns()["price"].to_numpy(zero_copy_only=False).copy()
    column[7] = value
    return pa.array(column)


@pytest.mark.parametrize(
    ("columns", "changes", "said"),
    [
        (make_columns(), {"features": ["views", "age"]}, "lacks the column age"),
        (replaced("price", make_columns()["price"].cast(pa.float64())), {}, "column price is double; features are FLOAT"),
        (replaced("price", with_value(np.inf)), {}, "column price is infinite in row 7"),
        (replaced("price", pa.array([None] * 1500, type=pa.float32())), {}, "column price holds 1500 NULLs"),
        (replaced("label", pa.array(np.full(1500, 2, dtype=np.int8))), {}, "column label holds 2"),
        (make_columns(), {"fit_splits": ["tarin"]}, r"no row with a known label lies in fit_splits \(tarin\)"),
        (make_columns(), {"stop_split": "stpo"}, r'stop_split "stpo" has 0 buyers in 0 rows'),
        (replaced("fold", pa.array(np.zeros(1500, dtype=np.int8))), {"stop_split": None}, "column fold holds only the value 0"),
        (make_columns(rows=0), {}, "has no rows"),
        (
            make_columns(),
            {"members": [{"name": "xgboost", "trials": 0, "params": {"max_dept": 3}}]},
            "params of xgboost name max_dept; known: .*max_depth",
        ),
    ],
)
def test_bad_input_is_named(tmp_path: Path, columns: dict[str, pa.Array], changes: dict[str, Any], said: str) -> None:
    spec = make_spec(write_table(tmp_path / "table.parquet", columns), tmp_path / "out", **{"members": XGBOOST, **changes})
    with pytest.raises(TrainerError, match=said) as caught:
        train(spec)
    assert caught.value.code == "INPUT_INVALID"
    assert list((tmp_path / "out").iterdir()) == []


def test_a_file_that_is_no_parquet(tmp_path: Path) -> None:
    (tmp_path / "table.parquet").write_bytes(b"PAR1 cut off")
    with pytest.raises(TrainerError, match="is not a readable Parquet file"):
        train(make_spec(tmp_path / "table.parquet", tmp_path / "out"))
    with pytest.raises(TrainerError, match="does not exist"):
        train(make_spec(tmp_path / "none.parquet", tmp_path / "out"))


def test_results_are_never_overwritten(table: Path, tmp_path: Path) -> None:
    spec = make_spec(table, tmp_path / "out", members=XGBOOST)
    train(spec)
    before = (tmp_path / "out/result.json").read_bytes()
    with pytest.raises(TrainerError, match=r"already holds result\.json"):
        train(spec)
    assert (tmp_path / "out/result.json").read_bytes() == before


def test_all_buyers_in_one_fold(tmp_path: Path) -> None:
    columns = make_columns()
    fold = np.where(columns["label"].to_numpy() == 1, 0, 1 + np.arange(1500) % 4).astype(np.int8)
    error = refused(tmp_path, columns | {"fold": pa.array(fold)}, stop_split=None)
    assert "outside fold 0 all" in str(error)


def test_a_cancelled_run_leaves_no_file(table: Path, tmp_path: Path) -> None:
    cancel = Cancel()
    cancel.requested = True
    with pytest.raises(TrainerError) as caught:
        train(make_spec(table, tmp_path / "out"), cancel)
    assert caught.value.exit_code == 130
    assert list((tmp_path / "out").iterdir()) == []
