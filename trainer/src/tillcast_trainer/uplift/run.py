"""One run, from a spec to effects of every learner: out of fold for the board, and fitted on all units to be served."""

import platform
import time
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tillcast_trainer.cancel import Cancel
from tillcast_trainer.progress import Progress
from tillcast_trainer.result import check_out, publish, staging
from tillcast_trainer.uplift.boosters import LightGBM
from tillcast_trainer.uplift.learners import fit_learner
from tillcast_trainer.uplift.linear import Ridge
from tillcast_trainer.uplift.nuisance import Nuisance, fold_by_fold
from tillcast_trainer.uplift.response import Responses, fit_responses
from tillcast_trainer.uplift.spec import UpliftSpec
from tillcast_trainer.uplift.table import Matrix, Units, Values, read_experiment

GOLDEN_ROWS = 64
"""Rows whose effects are told, so that TypeScript can show that it computes the same."""


def run(spec: UpliftSpec, progress: Progress, cancel: Cancel) -> None:
    """Fits every learner for every treatment and publishes files and numbers together."""
    started = time.monotonic()
    check_out(spec.out)
    experiment = read_experiment(spec)
    progress.say("start", rows=len(experiment.profit), positives=int(experiment.bought.sum()))
    entries: dict[str, dict[str, object]] = {name: {} for name in spec.learners}
    golden = experiment.x[:GOLDEN_ROWS]
    with staging(spec.out) as folder:
        for number, treatment in enumerate(spec.treatments, start=1):
            units = experiment.units_of(number)
            _run_treatment(spec, units, number, treatment, golden, entries, folder, progress, cancel)
        cancel.check()
        rows = [[None if np.isnan(value) else float(value) for value in row] for row in golden]
        publish(folder, spec.out, _result(spec, len(experiment.profit), rows, entries, time.monotonic() - started))
    progress.say("done")


def _run_treatment(
    spec: UpliftSpec,
    units: Units,
    number: int,
    treatment: str,
    golden: Matrix,
    entries: dict[str, dict[str, object]],
    folder: Path,
    progress: Progress,
    cancel: Cancel,
) -> None:
    folds = [int(fold) for fold in np.unique(units.fold)]
    responses = {fold: _responses(spec, units.where(units.fold != fold)) for fold in folds}
    unseen = fold_by_fold(units, responses)
    inner = _inner_nuisances(spec, units, folds)
    columns: dict[str, Values] = {"control": unseen.control, "treated": unseen.treated}
    for name in spec.learners:
        cancel.check()
        started = time.monotonic()
        out_of_fold = np.zeros(units.count)
        for fold in folds:
            rest = units.fold != fold
            effect = fit_learner(name, units.where(rest), inner[fold], spec.threads, spec.seed + 100 * fold)
            out_of_fold[~rest] = effect.predict(units.x[~rest])
        columns[name] = out_of_fold
        final = fit_learner(name, units, unseen, spec.threads, spec.seed)
        entries[name][treatment] = {**final.save(folder, f"{name}_{number}"), "golden": final.predict(golden).tolist()}
        progress.say("member", member=name, seconds=round(time.monotonic() - started, 3))
    pq.write_table(pa.table({"row": units.row, **columns}), folder / f"effects_{number}.parquet")


def _responses(spec: UpliftSpec, units: Units) -> list[Responses]:
    return [fit_responses(Ridge(), units, spec.seed), fit_responses(LightGBM(spec.threads), units, spec.seed)]


def _inner_nuisances(spec: UpliftSpec, units: Units, folds: list[int]) -> dict[int, Nuisance]:
    """Cross-fitting once more among the units outside each fold: what is learnt for a fold must not know its outcomes by way of the responses."""
    without = {pair: _responses(spec, units.where(~np.isin(units.fold, pair))) for pair in combinations(folds, 2)}
    models = {fold: {other: without[min(fold, other), max(fold, other)] for other in folds if other != fold} for fold in folds}
    return {fold: fold_by_fold(units.where(units.fold != fold), models[fold]) for fold in folds}


def _result(spec: UpliftSpec, rows: int, golden: list[list[float | None]], entries: dict[str, dict[str, object]], seconds: float) -> dict[str, Any]:
    return {
        "schema": 1,
        "rows": rows,
        "seconds": round(seconds, 3),
        "versions": {"python": platform.python_version(), "numpy": np.__version__},
        "features": list(spec.features),
        "golden_rows": golden,
        "treatments": [{"name": name, "effects": f"effects_{number}.parquet"} for number, name in enumerate(spec.treatments, start=1)],
        "learners": [{"name": name, "effects": entries[name]} for name in spec.learners],
    }
