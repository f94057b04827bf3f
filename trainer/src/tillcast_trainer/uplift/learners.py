"""T-, X- and DR-learners: from units, and responses that never saw them, to an effect of the features."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from tillcast_trainer.uplift.boosters import CatBoost, LightGBM, XGBoost
from tillcast_trainer.uplift.formulas import doubly_robust_effect, imputed_effects
from tillcast_trainer.uplift.linear import Ridge
from tillcast_trainer.uplift.nuisance import Nuisance
from tillcast_trainer.uplift.response import Responses, fit_responses
from tillcast_trainer.uplift.scorer import Base, Scorer, Term
from tillcast_trainer.uplift.spec import LearnerName
from tillcast_trainer.uplift.table import Matrix, Units, Values


@dataclass(frozen=True)
class Effect:
    """An effect as a sum: a constant, responses and regressions with their weights."""

    constant: float = 0.0
    responses: Responses | None = None
    parts: list[tuple[float, Scorer]] = field(default_factory=list)

    def predict(self, x: Matrix) -> Values:
        """Expected profit effect, one a row."""
        total = np.full(len(x), self.constant)
        if self.responses is not None:
            total += self.responses.treated.predict(x) - self.responses.control.predict(x)
        for weight, scorer in self.parts:
            total += weight * scorer.predict(x)
        return total

    def save(self, folder: Path, stem: str) -> dict[str, object]:
        """Writes its files and answers {"constant", "terms"}."""
        terms: list[Term] = [{"weight": weight, **scorer.save(folder, f"{stem}_{i}")} for i, (weight, scorer) in enumerate(self.parts)]
        constant = self.constant
        if self.responses is not None:
            constant += self.responses.treated.idle - self.responses.control.idle
            terms += [self.responses.treated.term(folder, f"{stem}_treated", 1.0), self.responses.control.term(folder, f"{stem}_control", -1.0)]
        return {"constant": constant, "terms": terms}


def base_of(name: LearnerName, threads: int) -> Base:
    """The library behind a learner's name."""
    made: dict[str, Base] = {
        "logistic": Ridge(),
        "ridge": Ridge(),
        "catboost": CatBoost(threads),
        "xgboost": XGBoost(threads),
        "lightgbm": LightGBM(threads),
    }
    return made[name.split("_", 1)[1]]


def fit_learner(name: LearnerName, units: Units, nuisance: Nuisance, threads: int, seed: int) -> Effect:
    """Fits one learner; `nuisance` holds what models that never saw a unit expect of it."""
    base = base_of(name, threads)
    if name.startswith("t_"):
        return Effect(responses=fit_responses(base, units, seed))
    if name.startswith("dr_"):
        return Effect(parts=[(1.0, base.regress(units.x, doubly_robust_effect(units, nuisance.control, nuisance.treated), seed))])
    return _x_learner(base, units, nuisance, seed)


def _x_learner(base: Base, units: Units, nuisance: Nuisance, seed: int) -> Effect:
    imputed = imputed_effects(units, nuisance.control, nuisance.treated)
    share = float(units.propensity.mean())
    of_control = base.regress(units.x[~units.treated], imputed[~units.treated], seed)
    of_treated = base.regress(units.x[units.treated], imputed[units.treated], seed + 1)
    # Künzel et al. 2019, eq. 9, with the propensity as weight.
    return Effect(parts=[(share, of_control), (1.0 - share, of_treated)])
