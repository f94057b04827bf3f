"""Expected profit of one arm, in two parts: the chance to buy, times what a buyer of that arm brings."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tillcast_trainer.uplift.scorer import Base, Scorer, Term
from tillcast_trainer.uplift.table import Matrix, Units, Values


@dataclass(frozen=True)
class Response:
    """E[profit | x] of one arm: without a purchase, and what a purchase adds."""

    chance: Scorer
    idle: float
    """Mean profit of those who did not buy: 0, or what the treatment costs anyway."""
    gain: float
    """Mean profit of those who did, above `idle`."""

    def predict(self, x: Matrix) -> Values:
        """Expected profit, one a row."""
        return self.idle + self.gain * self.chance.predict(x)

    def term(self, folder: Path, stem: str, weight: float) -> Term:
        """The part of it that depends on x, times `weight`."""
        return {"weight": weight * self.gain, **self.chance.save(folder, stem)}


@dataclass(frozen=True)
class Responses:
    """Both arms."""

    control: Response
    treated: Response


def fit_responses(base: Base, units: Units, seed: int) -> Responses:
    """Fits the two arms, each on its own units."""
    return Responses(_fit(base, units.where(~units.treated), seed), _fit(base, units.where(units.treated), seed + 1))


def _fit(base: Base, units: Units, seed: int) -> Response:
    bought = units.bought == 1
    idle = float(units.profit[~bought].mean()) if (~bought).any() else 0.0
    return Response(base.classify(units.x, units.bought.astype(np.float64), seed), idle, float(units.profit[bought].mean()) - idle)
