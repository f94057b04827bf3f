"""How good a set of parameters is on rows it never saw, and how many trees it wants."""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import fmean, median

from tillcast_trainer.folds import folds
from tillcast_trainer.members.learner import Fitted, Learner
from tillcast_trainer.scores import loss
from tillcast_trainer.sizes import affordable
from tillcast_trainer.spec import Params
from tillcast_trainer.table import Rows
from tillcast_trainer.workbench import Workbench

ROUNDS_A_REPORT = 25

Report = Callable[[int, float], bool]
"""Step and loss so far; true gives the trial up."""


class GivenUp(Exception):
    """A hopeless trial, stopped early."""


class OverBudget(GivenUp):
    """A trial whose model costs more than the latency budget grants it, even with few trees."""


@dataclass(frozen=True)
class Evaluation:
    """Loss on unseen rows (lower is better) and the number of trees behind it."""

    score: float
    rounds: int


def evaluate(bench: Workbench, learner: Learner, params: Params, rounds: int | None, report: Report, units: float | None = None) -> Evaluation:
    """Scores on the stop split, or on grouped folds where there is none; `rounds` freezes the number of trees.

    With `units` the score is that of the best size of the model that costs no more; OverBudget where none is worth having.
    """
    if bench.table.stop is not None:
        return _on_stop_split(bench, learner, params, rounds, report, bench.table.stop, units)
    return _on_folds(bench, learner, params, rounds, report, units)


def _on_stop_split(
    bench: Workbench, learner: Learner, params: Params, rounds: int | None, report: Report, stop: Rows, units: float | None
) -> Evaluation:
    given_up = False

    def pulse(trees: int, watched: float | None) -> bool:
        nonlocal given_up
        if watched is not None and trees % ROUNDS_A_REPORT == 0:
            given_up = report(trees, watched)
        return given_up

    fitted = bench.fit(learner, bench.table.fit, params, rounds or learner.cap(params, bench.shape), watched=None if rounds else stop, pulse=pulse)
    if given_up:
        raise GivenUp
    return Evaluation(min(_scores(bench, learner, fitted, stop, units).values()), fitted.rounds)


def _on_folds(bench: Workbench, learner: Learner, params: Params, rounds: int | None, report: Report, units: float | None) -> Evaluation:
    scores: list[dict[int | None, float]] = []
    used: list[int] = []
    for step, (outside, inside) in enumerate(folds(bench.table.fit)):
        watchable = rounds is None and 0 < inside.positives < inside.count
        fitted = bench.fit(learner, outside, params, rounds or learner.cap(params, bench.shape), watched=inside if watchable else None)
        if watchable or rounds is not None:
            used.append(fitted.rounds)
        if bench.spec.objective == "log_loss" or 0 < inside.positives < inside.count:
            scores.append(_scores(bench, learner, fitted, inside, units))
        if scores and report(step, _best_mean(scores)):
            raise GivenUp
    return Evaluation(_best_mean(scores), int(median(used)))


def _best_mean(scores: list[dict[int | None, float]]) -> float:
    """The mean over the folds of the leaf bound that is best on average, among those that every fold affords."""
    bounds = set(scores[0]).intersection(*scores)
    if not bounds:
        raise OverBudget
    return min(fmean(score[bound] for score in scores) for bound in bounds)


def _scores(bench: Workbench, learner: Learner, fitted: Fitted, rows: Rows, units: float | None) -> dict[int | None, float]:
    """The trial score by leaf bound: of the whole model, or of the sizes that `units` affords."""
    base_rate = bench.table.fit.positives / bench.table.fit.count
    if units is None:
        return {None: loss(bench.spec.objective, rows.y, learner.log_odds(fitted.raw(rows.x), base_rate))}
    sizes = affordable(fitted, units)
    if not sizes:
        raise OverBudget
    return {
        size.leaves: loss(bench.spec.objective, rows.y, learner.log_odds(raw, base_rate))
        for size, raw in zip(sizes, fitted.raw_at(rows.x, sizes), strict=True)
    }
