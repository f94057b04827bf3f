"""The uplift spec (contracts/uplift-spec.schema.json), checked field by field."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from tillcast_trainer.errors import invalid
from tillcast_trainer.fields import Fields
from tillcast_trainer.spec_file import read_spec_file

LearnerName = Literal[
    "t_logistic", "t_catboost", "t_xgboost", "t_lightgbm", "x_ridge", "x_lightgbm", "dr_ridge", "dr_catboost", "dr_xgboost", "dr_lightgbm"
]
LEARNER_NAMES: tuple[LearnerName, ...] = get_args(LearnerName)


@dataclass(frozen=True)
class UpliftSpec:
    """What is to be learnt from one experiment; names as in the contract."""

    table: Path
    out: Path
    features: tuple[str, ...]
    treatments: tuple[str, ...]
    """Arms 1, 2, … of the table; arm 0 is nobody treated."""
    learners: tuple[LearnerName, ...]
    seed: int
    threads: int


def read_uplift_spec(path: Path) -> UpliftSpec:
    """Reads and checks a spec file."""
    return parse_uplift_spec(read_spec_file(path, "uplift-spec.schema.json"))


def parse_uplift_spec(content: Any) -> UpliftSpec:
    """Turns parsed JSON into a spec, or names the field, its value and the remedy."""
    fields = Fields(content, "spec")
    fields.const("schema", 1)
    spec = UpliftSpec(
        table=Path(fields.text("table")),
        out=Path(fields.text("out")),
        features=fields.texts("features", unique=True),
        treatments=fields.texts("treatments", unique=True),
        learners=tuple(_learner(name) for name in fields.texts("learners", unique=True)),
        seed=fields.integer("seed", minimum=0),
        threads=fields.integer("threads", minimum=1),
    )
    fields.no_others()
    return spec


def _learner(given: str) -> LearnerName:
    for name in LEARNER_NAMES:
        if name == given:
            return name
    raise invalid(f'spec.learners names "{given}"; known are {", ".join(LEARNER_NAMES)}')
