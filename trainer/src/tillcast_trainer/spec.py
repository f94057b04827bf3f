"""The training spec (contracts/training-spec.schema.json), checked field by field."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from tillcast_trainer.errors import invalid
from tillcast_trainer.fields import Fields
from tillcast_trainer.spec_file import read_spec_file

MemberName = Literal["catboost", "xgboost", "lightgbm", "random_forest"]
Objective = Literal["log_loss", "roc_auc"]
Params = dict[str, int | float | str | None]

MEMBER_NAMES: tuple[MemberName, ...] = ("catboost", "xgboost", "lightgbm", "random_forest")


@dataclass(frozen=True)
class MemberSpec:
    """One learner to train."""

    name: MemberName
    trials: int
    params: Params | None
    rounds: int | None
    """Frozen number of trees; no early stopping."""
    max_units: float | None = None
    """Cost units the written model may take; it is cut to its first trees where it takes more."""


@dataclass(frozen=True)
class TrainingSpec:
    """What the trainer is asked to do; names as in the contract."""

    dataset: Path
    out: Path
    features: tuple[str, ...]
    monotone: dict[str, int]
    label: Literal["label", "label_net"]
    fit_splits: tuple[str, ...]
    stop_split: str | None
    objective: Objective
    members: tuple[MemberSpec, ...]
    oof: bool
    golden_rows: int
    study: Path | None
    study_prefix: str
    seed: int
    threads: int
    budget_seconds: float | None
    max_trees: int | None
    latency_budget_units: float | None
    """Cost units a row for score and SHAP of the whole ensemble."""

    @property
    def member_units(self) -> float | None:
        """What one member may cost in the search: twice an equal share, because the blend will not use all members to the full."""
        return None if self.latency_budget_units is None else self.latency_budget_units * min(1.0, 2 / len(self.members))

    @property
    def monotone_by_column(self) -> tuple[int, ...]:
        """+1, -1 or 0 for each feature, in column order."""
        return tuple(self.monotone.get(name, 0) for name in self.features)


def read_spec(path: Path) -> TrainingSpec:
    """Reads and checks a spec file."""
    return parse_spec(read_spec_file(path, "training-spec.schema.json"))


def parse_spec(content: Any) -> TrainingSpec:
    """Turns parsed JSON into a spec, or names the field, its value and the remedy."""
    fields = Fields(content, "spec")
    fields.const("schema", 1)
    spec = TrainingSpec(
        dataset=Path(fields.text("dataset")),
        out=Path(fields.text("out")),
        features=fields.texts("features", unique=True),
        monotone=fields.signs("monotone"),
        label=fields.choice("label", ("label", "label_net")),
        fit_splits=fields.texts("fit_splits"),
        stop_split=fields.text_or_none("stop_split"),
        objective=fields.choice("objective", ("log_loss", "roc_auc"), default="log_loss"),
        members=tuple(_parse_member(item, f"members[{i}]") for i, item in enumerate(fields.items("members"))),
        oof=fields.flag("oof"),
        golden_rows=fields.integer("golden_rows", minimum=0, default=0),
        study=_optional_path(fields.text_or_none("study")),
        study_prefix=fields.text("study_prefix", default=""),
        seed=fields.integer("seed", minimum=0),
        threads=fields.integer("threads", minimum=1),
        budget_seconds=fields.positive_or_none("budget_seconds"),
        max_trees=fields.integer_or_none("max_trees", minimum=1),
        latency_budget_units=fields.positive_or_none("latency_budget_units"),
    )
    fields.no_others()
    _check_together(spec)
    return spec


def _parse_member(content: Any, where: str) -> MemberSpec:
    fields = Fields(content, where)
    member = MemberSpec(
        name=fields.choice("name", MEMBER_NAMES),
        trials=fields.integer("trials", minimum=0),
        params=fields.params("params"),
        rounds=fields.integer_or_none("rounds", minimum=1),
        max_units=fields.positive_or_none("max_units"),
    )
    fields.no_others()
    return member


def _optional_path(text: str | None) -> Path | None:
    return Path(text) if text is not None else None


def _check_together(spec: TrainingSpec) -> None:
    names = [member.name for member in spec.members]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise invalid(f'members names "{twice}" twice; name each learner once')
    if stranger := next((name for name in spec.monotone if name not in spec.features), None):
        raise invalid(f'monotone names "{stranger}", which is not in features; remove it or add the feature')
    if spec.stop_split in spec.fit_splits:
        raise invalid(f'stop_split "{spec.stop_split}" is also in fit_splits; early stopping needs rows the members never saw')
