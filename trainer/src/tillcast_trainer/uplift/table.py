"""The units of an experiment, as arrays."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from tillcast_trainer.errors import TrainerError, invalid
from tillcast_trainer.uplift.spec import UpliftSpec

MIN_BUYERS = 25
"""Fewer buyers in an arm teach nothing that would hold next week."""

Values = NDArray[np.float64]
Matrix = NDArray[np.float32]


@dataclass(frozen=True)
class Units:
    """Shoppers of the control arm and of one treatment: what was seen before, what they got, what came of it."""

    x: Matrix
    treated: NDArray[np.bool_]
    propensity: Values
    """P(treated), given that the unit is in one of the two arms; from the log, never estimated."""
    bought: NDArray[np.int8]
    profit: Values
    fold: NDArray[np.int64]
    row: NDArray[np.int64]

    def where(self, mask: NDArray[np.bool_]) -> "Units":
        """The units where the mask is true."""
        return Units(
            np.ascontiguousarray(self.x[mask]),
            self.treated[mask],
            self.propensity[mask],
            self.bought[mask],
            self.profit[mask],
            self.fold[mask],
            self.row[mask],
        )

    @property
    def count(self) -> int:
        """How many units."""
        return len(self.profit)


@dataclass(frozen=True)
class Experiment:
    """The table as read; `units_of` gives the comparison of one treatment with the control."""

    x: Matrix
    arm: NDArray[np.int64]
    propensity: Values
    """P(arm), a column an arm."""
    bought: NDArray[np.int8]
    profit: Values
    fold: NDArray[np.int64]
    row: NDArray[np.int64]

    def units_of(self, treatment: int) -> Units:
        """The units of the control arm and of one treatment."""
        mask = (self.arm == 0) | (self.arm == treatment)
        given = self.propensity[:, treatment] / (self.propensity[:, 0] + self.propensity[:, treatment])
        units = Units(self.x, self.arm == treatment, given, self.bought, self.profit, self.fold, self.row)
        return units.where(mask)


def read_experiment(spec: UpliftSpec) -> Experiment:
    """Reads the columns the spec needs and refuses what cannot be learnt from."""
    shares = [f"propensity_{arm}" for arm in range(len(spec.treatments) + 1)]
    data = _read(spec.table, [*spec.features, "arm", "bought", "profit", "fold", "row", *shares])
    experiment = Experiment(
        x=np.column_stack([_numbers(data, name).astype(np.float32) for name in spec.features]),
        arm=_numbers(data, "arm").astype(np.int64),
        propensity=np.column_stack([_numbers(data, name) for name in shares]),
        bought=_numbers(data, "bought").astype(np.int8),
        profit=_numbers(data, "profit"),
        fold=_numbers(data, "fold").astype(np.int64),
        row=_numbers(data, "row").astype(np.int64),
    )
    _check(experiment, spec)
    return experiment


def _read(path: Path, columns: list[str]) -> pa.Table:
    try:
        file = pq.ParquetFile(path)
    except (OSError, pa.ArrowInvalid) as error:
        raise invalid(f"the table {path} cannot be read as Parquet: {error}") from None
    if missing := [name for name in columns if name not in file.schema_arrow.names]:
        raise invalid(f"the table {path} lacks the column {missing[0]}; contracts/uplift-spec.schema.json lists what it holds")
    return file.read(columns=columns)


def _numbers(data: pa.Table, name: str) -> Values:
    return np.asarray(data.column(name).to_numpy(zero_copy_only=False), dtype=np.float64)


def _check(experiment: Experiment, spec: UpliftSpec) -> None:
    if not np.isfinite(experiment.profit).all():
        raise invalid("column profit holds a value that is not finite; a unit that earned nothing has profit 0")
    if not np.isin(experiment.bought, (0, 1)).all():
        raise invalid("column bought holds something else than 0 and 1")
    folds = np.unique(experiment.fold)
    if len(folds) < 3:
        raise invalid(f"column fold holds {len(folds)} different values; cross-fitting within folds needs at least 3")
    for number, name in enumerate(("nobody", *spec.treatments)):
        arm = experiment.arm == number
        if not (experiment.propensity[arm, number] > 0).all():
            raise invalid(f"propensity_{number} is 0 for a unit that got {name}; what was never possible cannot have happened: mend the log")
        for fold in folds:
            buyers = int(experiment.bought[arm & (experiment.fold == fold)].sum())
            if buyers * len(folds) < MIN_BUYERS:
                raise TrainerError(
                    "TOO_FEW_POSITIVES",
                    f"arm {name} has {buyers} buyers in fold {fold}; about {MIN_BUYERS} in all folds are needed: run the experiment longer",
                )
