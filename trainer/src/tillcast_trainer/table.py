"""The training table of contracts/training-table.md, as arrays."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from tillcast_trainer.errors import TrainerError, invalid
from tillcast_trainer.spec import TrainingSpec

MIN_POSITIVES = 25
"""Fewer buyers than this teach nothing that would hold next week (design §5)."""

Matrix = NDArray[np.float32]
Labels = NDArray[np.int8]


@dataclass(frozen=True)
class Rows:
    """Some rows of the table: features, label, the fold of the shopper, the row number."""

    x: Matrix
    y: Labels
    fold: NDArray[np.int64]
    row: NDArray[np.int64]

    def where(self, mask: NDArray[np.bool_]) -> "Rows":
        """The rows where the mask is true."""
        return Rows(np.ascontiguousarray(self.x[mask]), self.y[mask], self.fold[mask], self.row[mask])

    @property
    def count(self) -> int:
        """How many rows."""
        return len(self.y)

    @property
    def positives(self) -> int:
        """How many rows with label 1."""
        return int(self.y.sum())


@dataclass(frozen=True)
class Table:
    """The rows to fit on, and those for early stopping and ranking of trials (None: grouped folds)."""

    fit: Rows
    stop: Rows | None


def read_table(spec: TrainingSpec) -> Table:
    """Reads the columns the spec needs and refuses what cannot be learnt from."""
    file = _open(spec.dataset)
    _check_columns(file.schema_arrow, spec)
    data = file.read(columns=[*spec.features, spec.label, "split", "fold", "row"])
    if data.num_rows == 0:
        raise invalid(f"{spec.dataset} has no rows; make the table over a longer time")
    label = data.column(spec.label)
    known = label.is_valid().to_numpy()
    rows = Rows(
        x=_features(data, spec),
        y=label.fill_null(0).to_numpy().astype(np.int8),
        fold=_whole(data, "fold"),
        row=_whole(data, "row"),
    )
    if not np.isin(rows.y, (0, 1)).all():
        raise invalid(f"column {spec.label} holds {int(rows.y.max())}; a label is 0, 1 or NULL (not yet known)")
    split = data.column("split").to_numpy(zero_copy_only=False)
    fit = rows.where(np.isin(split, spec.fit_splits) & known)
    _check_learnable(fit, spec)
    if spec.stop_split is None:
        return Table(fit, None)
    stop = rows.where((split == spec.stop_split) & known)
    _check_stop(stop, spec.stop_split)
    return Table(fit, stop)


def _open(path: Path) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(path)
    except FileNotFoundError:
        raise invalid(f"dataset {path} does not exist; make it with `tillcast dataset`") from None
    except (pa.ArrowInvalid, OSError) as error:
        raise invalid(f"dataset {path} is not a readable Parquet file ({error}); make it again with `tillcast dataset`") from None


def _check_columns(schema: pa.Schema, spec: TrainingSpec) -> None:
    needed = [*spec.features, spec.label, "split", "fold", "row"]
    if missing := [name for name in needed if name not in schema.names]:
        raise invalid(f"{spec.dataset} lacks the column {', '.join(missing)}; make the table and the spec from the same catalogue")
    for name in spec.features:
        if schema.field(name).type != pa.float32():
            raise invalid(f"column {name} is {schema.field(name).type}; features are FLOAT (32 bits, contracts/training-table.md)")


def _features(data: pa.Table, spec: TrainingSpec) -> Matrix:
    x = np.empty((data.num_rows, len(spec.features)), dtype=np.float32)
    for i, name in enumerate(spec.features):
        column = data.column(name)
        if column.null_count:
            raise invalid(f"column {name} holds {column.null_count} NULLs; write a missing value as NaN (contracts/training-table.md)")
        x[:, i] = column.to_numpy()
        if np.isinf(x[:, i]).any():
            row = int(np.flatnonzero(np.isinf(x[:, i]))[0])
            raise invalid(f"column {name} is infinite in row {row}; learners refuse that: write NaN, or bound the feature")
    return x


def _whole(data: pa.Table, name: str) -> NDArray[np.int64]:
    column = data.column(name)
    if column.null_count or not pa.types.is_integer(column.type):
        raise invalid(f"column {name} must hold whole numbers without NULLs; it is {column.type} with {column.null_count} NULLs")
    whole: NDArray[np.int64] = column.to_numpy().astype(np.int64)
    return whole


def _check_learnable(fit: Rows, spec: TrainingSpec) -> None:
    splits = ", ".join(spec.fit_splits)
    if fit.count == 0:
        raise invalid(f"no row with a known {spec.label} lies in fit_splits ({splits}); name the splits of the table")
    if fit.positives == 0 or fit.positives == fit.count:
        which = "bought" if fit.positives else "did not buy"
        raise TrainerError(
            "ONE_CLASS", f"all {fit.count} rows of {splits} {which}: there is nothing to tell apart; take a longer time or another horizon"
        )
    if fit.positives < MIN_POSITIVES:
        raise TrainerError(
            "TOO_FEW_POSITIVES",
            f"{fit.positives} of the {fit.count} rows of {splits} bought; at least {MIN_POSITIVES} are needed: "
            f"{MIN_POSITIVES - fit.positives} are missing",
        )


def _check_stop(stop: Rows, name: str) -> None:
    if stop.count == 0 or stop.positives in (0, stop.count):
        raise invalid(
            f'stop_split "{name}" has {stop.positives} buyers in {stop.count} rows; it needs both classes: take a longer slice, '
            "or null to use grouped folds"
        )
