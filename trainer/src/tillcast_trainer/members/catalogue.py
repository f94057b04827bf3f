"""Which learners there are; each library is imported only when it is asked for."""

from importlib import import_module
from typing import cast

from tillcast_trainer.errors import invalid
from tillcast_trainer.members.learner import Learner
from tillcast_trainer.spec import MemberName, MemberSpec

CLASSES: dict[MemberName, str] = {"catboost": "CatBoost", "xgboost": "XGBoost", "lightgbm": "LightGBM", "random_forest": "RandomForest"}


def learner_for(member: MemberSpec) -> Learner:
    """The learner of a member, its parameters checked by name."""
    module = import_module(f"tillcast_trainer.members.{member.name}")
    learner = cast(Learner, getattr(module, CLASSES[member.name])())
    if strangers := sorted(set(member.params or {}) - learner.known):
        raise invalid(f"params of {member.name} name {', '.join(strangers)}; known: {', '.join(sorted(learner.known))}")
    return learner
