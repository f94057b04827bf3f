"""How good a set of parameters is on rows it never saw, and how many trees it wants."""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import fmean, median

from tillcast_trainer.folds import folds
from tillcast_trainer.members.learner import Fitted, Learner
from tillcast_trainer.scores import loss
from tillcast_trainer.spec import Params
from tillcast_trainer.table import Rows
from tillcast_trainer.workbench import Workbench

ROUNDS_A_REPORT = 25

Report = Callable[[int, float], bool]
"""Step and loss so far; true gives the trial up."""


class GivenUp(Exception):
    """A hopeless trial, stopped early."""


@dataclass(frozen=True)
class Evaluation:
    """Loss on unseen rows (lower is better) and the number of trees behind it."""

    score: float
    rounds: int


def evaluate(bench: Workbench, learner: Learner, params: Params, rounds: int | None, report: Report) -> Evaluation:
    """Scores on the stop split, or on grouped folds where there is none; `rounds` freezes the number of trees."""
    if bench.table.stop is not None:
        return _on_stop_split(bench, learner, params, rounds, report, bench.table.stop)
    return _on_folds(bench, learner, params, rounds, report)


def _on_stop_split(bench: Workbench, learner: Learner, params: Params, rounds: int | None, report: Report, stop: Rows) -> Evaluation:
    given_up = False

    def pulse(trees: int, watched: float | None) -> bool:
        nonlocal given_up
        if watched is not None and trees % ROUNDS_A_REPORT == 0:
            given_up = report(trees, watched)
        return given_up

    fitted = bench.fit(learner, bench.table.fit, params, rounds or learner.cap(params, bench.shape), watched=None if rounds else stop, pulse=pulse)
    if given_up:
        raise GivenUp
    return Evaluation(_score(bench, learner, fitted, stop), fitted.rounds)


def _on_folds(bench: Workbench, learner: Learner, params: Params, rounds: int | None, report: Report) -> Evaluation:
    scores: list[float] = []
    used: list[int] = []
    for step, (outside, inside) in enumerate(folds(bench.table.fit)):
        watchable = rounds is None and 0 < inside.positives < inside.count
        fitted = bench.fit(learner, outside, params, rounds or learner.cap(params, bench.shape), watched=inside if watchable else None)
        if watchable or rounds is not None:
            used.append(fitted.rounds)
        if bench.spec.objective == "log_loss" or 0 < inside.positives < inside.count:
            scores.append(_score(bench, learner, fitted, inside))
        if scores and report(step, fmean(scores)):
            raise GivenUp
    return Evaluation(fmean(scores), int(median(used)))


def _score(bench: Workbench, learner: Learner, fitted: Fitted, rows: Rows) -> float:
    base_rate = bench.table.fit.positives / bench.table.fit.count
    return loss(bench.spec.objective, rows.y, learner.log_odds(fitted.raw(rows.x), base_rate))
