"""The search for one member's parameters."""

import time
from dataclasses import dataclass
from statistics import fmean

import optuna
from optuna.trial import TrialState

from tillcast_trainer.errors import TrainerError, invalid
from tillcast_trainer.evaluate import Evaluation, GivenUp, OverBudget, evaluate
from tillcast_trainer.members.learner import Learner
from tillcast_trainer.progress import Progress
from tillcast_trainer.spec import MemberSpec, Params
from tillcast_trainer.study import ask, finished_trials, open_study
from tillcast_trainer.workbench import Workbench

OVER_BUDGET = "over the latency budget"


@dataclass(frozen=True)
class Choice:
    """What a member is finally fitted with."""

    params: Params
    rounds: int
    trials: int
    """Finished trials of the study, earlier runs included."""
    pruned: int
    """Trials given up, those over the latency budget included."""
    over_budget: int
    best_score: float | None


@dataclass
class Budget:
    """Wall-clock seconds for the searches of the members still to come; each gets an equal share of what is left."""

    seconds: float | None
    members_left: int

    def share(self) -> float | None:
        """Seconds for the next member."""
        return None if self.seconds is None else max(0.0, self.seconds) / self.members_left

    def spend(self, seconds: float) -> None:
        """Books what one member took."""
        self.members_left -= 1
        if self.seconds is not None:
            self.seconds -= seconds


def choose(bench: Workbench, learner: Learner, member: MemberSpec, budget: Budget, progress: Progress) -> Choice:
    """Searches, or takes the given or careful parameters; finds the number of trees unless it is frozen."""
    careful = {**learner.careful(bench.shape), **(member.params or {})}
    if member.trials > 0:
        return _search(bench, learner, member, careful, budget.share(), progress)
    if member.rounds is not None:
        return Choice(careful, member.rounds, 0, 0, 0, None)
    found = evaluate(bench, learner, careful, None, lambda _step, _loss: False)
    return Choice(careful, found.rounds, 0, 0, 0, found.score)


def _search(bench: Workbench, learner: Learner, member: MemberSpec, careful: Params, seconds: float | None, progress: Progress) -> Choice:
    study = open_study(bench.spec, bench.table, learner)
    missing = max(0, member.trials - len(finished_trials(study)))
    durations: list[float] = []
    started = time.monotonic()
    for number in range(1, missing + 1):
        if number > 1 and seconds is not None and time.monotonic() - started + fmean(durations) > seconds:
            break
        begun = time.monotonic()
        state, score, reason = _run_trial(bench, learner, member, careful, study)
        durations.append(time.monotonic() - begun)
        remaining = fmean(durations) * (missing - number)
        if seconds is not None:
            remaining = min(remaining, max(0.0, seconds - (time.monotonic() - started)))
        progress.say(
            "trial", member=member.name, trial=number, trials=missing, state=state, score=score, reason=reason,
            best=_best(study), seconds=round(durations[-1], 3), remaining_seconds=round(remaining, 1),
        )  # fmt: skip
    return _chosen(study, careful, bench.spec.latency_budget_units)


def _run_trial(bench: Workbench, learner: Learner, member: MemberSpec, careful: Params, study: optuna.Study) -> tuple[str, float | None, str | None]:
    trial = ask(study, bench.spec.seed, careful)
    try:
        params = {**careful, **learner.suggest(trial, bench.shape)}
        trial.set_user_attr("params", params)
        found = evaluate(bench, learner, params, member.rounds, lambda step, loss: _report(trial, step, loss), bench.spec.member_units)
    except GivenUp as given_up:
        reason = OVER_BUDGET if isinstance(given_up, OverBudget) else "hopeless"
        trial.set_user_attr("reason", reason)
        study.tell(trial, state=TrialState.PRUNED)
        return "pruned", None, reason
    except BaseException:
        study.tell(trial, state=TrialState.FAIL)
        raise
    _finish(study, trial, found)
    return "complete", found.score, None


def _report(trial: optuna.Trial, step: int, loss: float) -> bool:
    trial.report(loss, step)
    return bool(trial.should_prune())


def _finish(study: optuna.Study, trial: optuna.Trial, found: Evaluation) -> None:
    trial.set_user_attr("rounds", found.rounds)
    study.tell(trial, found.score)


def _best(study: optuna.Study) -> float | None:
    complete = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    return min((trial.value for trial in complete if trial.value is not None), default=None)


def _chosen(study: optuna.Study, careful: Params, budget_units: float | None) -> Choice:
    finished = finished_trials(study)
    complete = [trial for trial in finished if trial.state == TrialState.COMPLETE and trial.value is not None]
    over_budget = sum(trial.user_attrs.get("reason") == OVER_BUDGET for trial in finished)
    if not complete and over_budget:
        raise invalid(
            f"latency_budget_units is {budget_units:g}, and {over_budget} of {len(finished)} trials cost more; give a looser budget, or null"
        )
    if not complete:
        raise TrainerError("FAILED", "no trial of the search came to an end; raise budget_seconds or trials")
    best = min(complete, key=lambda trial: (trial.value, trial.number))
    params: Params = best.user_attrs.get("params", careful)
    return Choice(params, int(best.user_attrs["rounds"]), len(finished), len(finished) - len(complete), over_budget, best.value)
