"""Responses of both arms that a unit had no part in: one set, shared by all learners that need one and by the board."""

from dataclasses import dataclass

import numpy as np

from tillcast_trainer.uplift.response import Responses
from tillcast_trainer.uplift.table import Matrix, Units, Values


@dataclass(frozen=True)
class Nuisance:
    """Expected profit of each unit under each arm."""

    control: Values
    treated: Values

    def where(self, mask: np.ndarray) -> "Nuisance":
        """Those of some units."""
        return Nuisance(self.control[mask], self.treated[mask])


def mean_response(models: list[Responses], x: Matrix) -> Nuisance:
    """The mean of several models: a logistic regression and trees err in different places."""
    control = np.mean([one.control.predict(x) for one in models], axis=0)
    treated = np.mean([one.treated.predict(x) for one in models], axis=0)
    return Nuisance(control, treated)


def fold_by_fold(units: Units, models_of: dict[int, list[Responses]]) -> Nuisance:
    """For the units of each fold, the models that belong to it."""
    out = Nuisance(np.zeros(units.count), np.zeros(units.count))
    for fold, models in models_of.items():
        inside = units.fold == fold
        part = mean_response(models, units.x[inside])
        out.control[inside] = part.control
        out.treated[inside] = part.treated
    return out
