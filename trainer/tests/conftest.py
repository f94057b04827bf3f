"""A small made-up shop table and one finished training, shared by the tests."""

import io
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from tillcast_trainer.cancel import Cancel
from tillcast_trainer.progress import Progress
from tillcast_trainer.run import run
from tillcast_trainer.spec import MemberName, Params, parse_spec

FEATURES = ("views", "carts", "gap_s", "price", "pace", "noise")
CONTRACTS = Path(__file__).parents[2] / "contracts"
FAST: dict[MemberName, Params] = {
    "catboost": {"iterations": 60, "learning_rate": 0.15, "depth": 3},
    "xgboost": {"num_boost_round": 60, "learning_rate": 0.15},
    "lightgbm": {"num_iterations": 60, "learning_rate": 0.15},
    "random_forest": {"n_estimators": 30},
}


def make_columns(rows: int = 1500, seed: int = 0, buyers: int | None = None) -> dict[str, pa.Array]:
    """Columns of contracts/training-table.md with a learnable label; `buyers` forces how many rows of `train` bought."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, len(FEATURES))).astype(np.float32)
    x[:, 0] = np.floor(np.exp(x[:, 0] + 1))
    x[rng.random(x.shape) < 0.08] = np.nan
    z = np.nan_to_num(x)
    y = (rng.random(rows) < 1 / (1 + np.exp(2.2 - 0.3 * z[:, 0] - z[:, 1] * (z[:, 2] > 0)))).astype(np.int8)
    split = np.where(np.arange(rows) < rows * 0.6, "train", np.where(np.arange(rows) < rows * 0.8, "stop", "test"))
    if buyers is not None:
        train = np.flatnonzero(split == "train")
        y[train] = 0
        y[train[:buyers]] = 1
    shopper = rng.integers(0, rows // 4, size=rows)
    columns = {name: pa.array(x[:, i]) for i, name in enumerate(FEATURES)}
    return columns | {
        "row": pa.array(np.arange(rows, dtype=np.int32)),
        "t": pa.array(np.arange(rows, dtype=np.int64) * 1000),
        "group": pa.array([f"s{i}" for i in shopper]),
        "label": pa.array(y),
        "label_net": pa.array([None if i % 50 == 0 else int(v) for i, v in enumerate(y)], type=pa.int8()),
        "split": pa.array(split.tolist()),
        "fold": pa.array((shopper % 5).astype(np.int8)),
    }


def write_table(path: Path, columns: dict[str, pa.Array]) -> Path:
    """Writes the columns as the training table."""
    pq.write_table(pa.table(columns), path)
    return path


def make_spec(dataset: Path, out: Path, **changes: Any) -> dict[str, Any]:
    """A spec over all four members that trains in about a second."""
    out.mkdir(parents=True, exist_ok=True)
    return {
        "schema": 1,
        "dataset": str(dataset),
        "out": str(out),
        "features": list(FEATURES),
        "label": "label",
        "fit_splits": ["train"],
        "stop_split": "stop",
        "members": [{"name": name, "trials": 0, "params": params} for name, params in FAST.items()],
        "seed": 11,
        "threads": 2,
        **changes,
    }


def train(spec: dict[str, Any], cancel: Cancel | None = None) -> list[dict[str, Any]]:
    """Runs a spec in this process and returns its progress lines."""
    stream = io.StringIO()
    cancel = cancel or Cancel()
    run(parse_spec(spec), Progress(stream, cancel), cancel)
    return [json.loads(line) for line in stream.getvalue().splitlines()]


@dataclass(frozen=True)
class Finished:
    """A training that is over."""

    spec: dict[str, Any]
    lines: list[dict[str, Any]]
    out: Path
    result: dict[str, Any]
    x: NDArray[np.float32]

    def member(self, name: str) -> dict[str, Any]:
        """One member of the result."""
        return next(member for member in self.result["members"] if member["name"] == name)


@pytest.fixture(scope="session")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_table(tmp_path_factory.mktemp("table") / "table.parquet", make_columns())


@pytest.fixture(scope="session")
def finished(table: Path, tmp_path_factory: pytest.TempPathFactory) -> Finished:
    spec = make_spec(table, tmp_path_factory.mktemp("finished") / "out", oof=True, golden_rows=120)
    lines = train(spec)
    out = Path(spec["out"])
    data = pq.read_table(table)
    x = np.column_stack([data.column(name).to_numpy() for name in FEATURES])
    return Finished(spec, lines, out, json.loads((out / "result.json").read_text()), np.ascontiguousarray(x))


@pytest.fixture
def validator() -> Callable[[str, Any], None]:
    import jsonschema

    def check(name: str, content: Any) -> None:
        schema = json.loads((CONTRACTS / f"{name}.schema.json").read_text())
        jsonschema.Draft202012Validator(schema).validate(content)

    return check
