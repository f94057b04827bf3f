"""The formulas of the learners, apart from any model: held to causalml's and econml's by trainer/fixtures/make_uplift.py."""

import numpy as np

from tillcast_trainer.uplift.table import Units, Values


def doubly_robust_effect(units: Units, control: Values, treated: Values) -> Values:
    """A unit's effect, right on average where the propensity is, or both responses are: Kennedy 2023 (Electron. J. Stat. 17), section 3.

    `control` and `treated` are the expected profits of the two arms, from models that never saw the unit.
    """
    arm = units.treated.astype(np.float64)
    seen = np.where(units.treated, treated, control)
    weight = (arm - units.propensity) / (units.propensity * (1 - units.propensity))
    return treated - control + weight * (units.profit - seen)


def imputed_effects(units: Units, control: Values, treated: Values) -> Values:
    """What each unit's effect would be if the other arm's model were right: Künzel et al. 2019, PNAS 116(10), eq. 7 and 8."""
    return np.where(units.treated, units.profit - control, treated - units.profit)
