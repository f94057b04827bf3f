"""One training run, from spec to result."""

import platform
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tillcast_trainer.cancel import Cancel
from tillcast_trainer.errors import invalid
from tillcast_trainer.golden import write_golden
from tillcast_trainer.golden_rows import golden_rows
from tillcast_trainer.members.catalogue import learner_for
from tillcast_trainer.members.learner import Fitted, Learner, Opened
from tillcast_trainer.oof import out_of_fold, write_oof
from tillcast_trainer.progress import Progress
from tillcast_trainer.result import check_out, publish, staging
from tillcast_trainer.search import Budget, Choice, choose
from tillcast_trainer.sizes import Offer, offers, trees_within
from tillcast_trainer.spec import MemberSpec, TrainingSpec
from tillcast_trainer.table import read_table
from tillcast_trainer.workbench import Workbench


@dataclass(frozen=True)
class Trained:
    """One finished member."""

    learner: Learner
    choice: Choice
    rounds: int
    """Trees in the file: those chosen, fewer where `max_units` cut them."""
    opened: Opened
    offers: tuple[Offer, ...]
    oof: dict[str, NDArray[np.float64]]
    """By column of oof.parquet."""
    seconds: float

    def entry(self) -> dict[str, Any]:
        """The member's part of result.json."""
        return {
            "name": self.learner.name,
            "file": self.learner.file,
            "params": self.choice.params,
            "rounds": self.rounds,
            "units": self.offers[-1].units,
            "sizes": [offer.entry() for offer in self.offers],
            **self.opened.facts(),
            "trials": self.choice.trials,
            "pruned": self.choice.pruned,
            "over_budget": self.choice.over_budget,
            "best_score": self.choice.best_score,
            "seconds": self.seconds,
        }


def run(spec: TrainingSpec, progress: Progress, cancel: Cancel) -> None:
    """Trains every member, writes the files and publishes them together."""
    started = time.monotonic()
    check_out(spec.out)
    learners = [learner_for(member) for member in spec.members]
    bench = Workbench(spec, read_table(spec), cancel)
    rows = bench.table.fit
    progress.say("start", rows=rows.count, positives=rows.positives, trials=sum(member.trials for member in spec.members))
    budget = Budget(spec.budget_seconds, sum(member.trials > 0 for member in spec.members))
    with staging(spec.out) as folder:
        trained = [_train(bench, learner, member, budget, progress, folder) for learner, member in zip(learners, spec.members, strict=True)]
        _write_oof(folder / "oof.parquet", bench, trained)
        _write_golden(folder / "golden.jsonl", bench, trained)
        cancel.check()
        publish(folder, spec.out, _result(bench, trained, time.monotonic() - started))
    progress.say("done")


def _train(bench: Workbench, learner: Learner, member: MemberSpec, budget: Budget, progress: Progress, folder: Path) -> Trained:
    started = time.monotonic()
    choice = choose(bench, learner, member, budget, progress)
    if member.trials > 0:
        budget.spend(time.monotonic() - started)
    progress.say("fit", member=member.name, rounds=choice.rounds)
    # A fresh fit of exactly the chosen rounds: the file then holds what predict uses, no more, on a first run and on a resumed one.
    fitted = _within(bench, learner, member, choice, bench.fit(learner, bench.table.fit, choice.params, choice.rounds))
    fitted.save(folder / learner.file)
    opened = fitted.reopen(folder / learner.file)
    offered = offers(fitted)
    oof = out_of_fold(bench, learner, choice, [offer.size for offer in offered]) if bench.spec.oof else {}
    seconds = round(time.monotonic() - started, 3)
    progress.say("member", member=member.name, score=choice.best_score, rounds=fitted.rounds, seconds=seconds)
    return Trained(learner, choice, fitted.rounds, opened, offered, oof, seconds)


def _within(bench: Workbench, learner: Learner, member: MemberSpec, choice: Choice, fitted: Fitted) -> Fitted:
    """The model itself, or, where it costs more than the member's units, a fit of only the first trees."""
    if member.max_units is None:
        return fitted
    trees = trees_within(fitted, fitted.leaf_bounds[-1], member.max_units)
    if trees == 0:
        raise invalid(f"max_units of {member.name} is {member.max_units:g}, less than its first tree costs; give more, or leave the member out")
    if trees >= fitted.rounds:
        return fitted
    bound = fitted.leaf_bounds[-1]
    # Pinned, because a forest of fewer trees would otherwise grow larger ones.
    params = choice.params if bound is None else {**choice.params, "max_leaf_nodes": bound}
    return bench.fit(learner, bench.table.fit, params, trees)


def _write_oof(path: Path, bench: Workbench, trained: list[Trained]) -> None:
    scores = {column: values for member in trained for column, values in member.oof.items()}
    if scores:
        write_oof(path, bench, scores)


def _write_golden(path: Path, bench: Workbench, trained: list[Trained]) -> None:
    if bench.spec.golden_rows == 0:
        return
    splits = [member.opened.thresholds() for member in trained]
    x = golden_rows(bench.table.fit.x, splits, bench.spec.golden_rows, bench.spec.seed)
    write_golden(path, x, {member.learner.name: member.opened for member in trained})


def _result(bench: Workbench, trained: list[Trained], seconds: float) -> dict[str, Any]:
    versions = {"python": platform.python_version(), "numpy": np.__version__}
    for member in trained:
        versions |= member.learner.version()
    return {
        "schema": 1,
        "rows": bench.table.fit.count,
        "positives": bench.table.fit.positives,
        "seconds": round(seconds, 3),
        "versions": versions,
        "oof": "oof.parquet" if bench.spec.oof else None,
        "golden": "golden.jsonl" if bench.spec.golden_rows else None,
        "members": [member.entry() for member in trained],
    }
