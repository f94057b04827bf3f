"""The resumable Optuna study of one member."""

import hashlib
import json
from typing import Any

import optuna
from optuna.trial import TrialState

from tillcast_trainer.errors import invalid
from tillcast_trainer.members.learner import Learner
from tillcast_trainer.spec import TrainingSpec
from tillcast_trainer.table import Rows, Table

FINISHED = (TrialState.COMPLETE, TrialState.PRUNED)
STARTUP_TRIALS = 6
"""Trials drawn at random before the Parzen estimator speaks."""


def open_study(spec: TrainingSpec, table: Table, learner: Learner) -> optuna.Study:
    """Opens or makes the member's study, and closes what an interrupted run left open in it."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(
        storage=_storage(spec),
        study_name=f"{spec.study_prefix}{learner.name}@{fingerprint(spec, table, learner)}",
        direction="minimize",
        pruner=optuna.pruners.MedianPruner(n_startup_trials=4, n_warmup_steps=1 if table.stop is None else 50),
        load_if_exists=True,
    )
    for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        study.tell(trial.number, state=TrialState.FAIL)
    return study


def ask(study: optuna.Study, seed: int, first: dict[str, Any]) -> optuna.Trial:
    """The next trial; its sampler knows only the seed, how many trials are finished, and their results."""
    finished = len(finished_trials(study))
    digest = hashlib.sha256(f"{seed} {finished}".encode()).digest()
    study.sampler = optuna.samplers.TPESampler(seed=int.from_bytes(digest[:4], "big"), n_startup_trials=STARTUP_TRIALS)
    if finished == 0 and not study.get_trials(deepcopy=False, states=(TrialState.WAITING,)):
        # Optuna queues numbers only; whatever else a spec set stays as it is in every trial.
        study.enqueue_trial({name: value for name, value in first.items() if isinstance(value, int | float)})
    return study.ask()


def finished_trials(study: optuna.Study) -> list[optuna.trial.FrozenTrial]:
    """Trials that count: complete or pruned. Interrupted ones do not."""
    trials: list[optuna.trial.FrozenTrial] = study.get_trials(deepcopy=False, states=FINISHED)
    return trials


def fingerprint(spec: TrainingSpec, table: Table, learner: Learner) -> str:
    """Names the data and settings a study speaks of, so that trials on other data are never resumed as if they were on these."""
    settings = {
        "features": spec.features,
        "monotone": spec.monotone_by_column,
        "objective": spec.objective,
        "seed": spec.seed,
        "threads": spec.threads,
        "max_trees": spec.max_trees,
        "member_units": spec.member_units,
        "member": [[m.params, m.rounds] for m in spec.members if m.name == learner.name],
        "version": learner.version(),
    }
    digest = hashlib.sha256(json.dumps(settings).encode())
    for rows in (table.fit, table.stop):
        if rows is not None:
            _update(digest, rows)
    return digest.hexdigest()[:16]


def _update(digest: Any, rows: Rows) -> None:
    for array in (rows.x, rows.y, rows.fold):
        digest.update(str(array.shape).encode())
        digest.update(array.tobytes())


def _storage(spec: TrainingSpec) -> optuna.storages.BaseStorage:
    if spec.study is None:
        return optuna.storages.InMemoryStorage()
    if not spec.study.parent.is_dir():
        raise invalid(f"study {spec.study} lies in a folder that does not exist; make {spec.study.parent} first")
    try:
        return optuna.storages.RDBStorage(f"sqlite:///{spec.study}", engine_kwargs={"connect_args": {"timeout": 30}})
    except Exception as error:
        raise invalid(f"study {spec.study} cannot be opened as an Optuna SQLite study ({error}); remove it or name another file") from error
