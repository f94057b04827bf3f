"""Maximum likelihood of BG/NBD (Fader, Hardie & Lee 2005) and of gamma-gamma (Fader & Hardie 2013)."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import gammaln

from tillcast_trainer.errors import TrainerError

Vector = npt.NDArray[np.float64]

_STARTS = (0.0, 1.0, -1.0)


def bg_nbd_log_likelihood(r: float, alpha: float, a: float, b: float, x: Vector, last: Vector, age: Vector) -> Vector:
    """The log-likelihood of each buyer; Fader, Hardie & Lee (2005), eq. 6, with terms A1 to A4 of their note on its calculation."""
    common = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + gammaln(a + b) + gammaln(b + x) - gammaln(b) - gammaln(a + b + x)
    still_here = -(r + x) * np.log(alpha + age)
    repeats = x > 0
    gone = np.where(repeats, np.log(a) - np.log(b + np.maximum(x, 1) - 1) - (r + x) * np.log(alpha + last), -np.inf)
    likelihood: Vector = common + np.logaddexp(still_here, gone)
    return likelihood


def gamma_gamma_log_likelihood(p: float, q: float, v: float, x: Vector, mean: Vector) -> Vector:
    """The log-likelihood of each buyer's mean value over x repeats; Fader & Hardie (2013), eq. 1a."""
    px = p * x
    likelihood: Vector = (
        gammaln(px + q) - gammaln(px) - gammaln(q) + q * np.log(v) + (px - 1) * np.log(mean) + px * np.log(x) - (px + q) * np.log(x * mean + v)
    )
    return likelihood


def fit_bg_nbd(x: Vector, last: Vector, age: Vector, weights: Vector) -> dict[str, float]:
    """Parameters r, alpha, a, b; ages are scaled for the search, so that their unit does not matter."""
    scale = 10.0 / float(age.max())

    def loss(logs: Vector) -> float:
        r, alpha, a, b = np.exp(logs)
        return -float(np.average(bg_nbd_log_likelihood(r, alpha, a, b, x, last * scale, age * scale), weights=weights))

    r, alpha, a, b = _search(loss, 4, "BG/NBD")
    return {"r": r, "alpha": alpha / scale, "a": a, "b": b}


def fit_gamma_gamma(x: Vector, mean: Vector, weights: Vector) -> dict[str, float]:
    """Parameters p, q, v, of buyers with a repeat of known value; values are scaled for the search."""
    scale = 10.0 / float(np.average(mean, weights=weights))

    def loss(logs: Vector) -> float:
        p, q, v = np.exp(logs)
        return -float(np.average(gamma_gamma_log_likelihood(p, q, v, x, mean * scale), weights=weights))

    p, q, v = _search(loss, 3, "gamma-gamma")
    return {"p": p, "q": q, "v": v / scale}


def _search(loss: Callable[[Vector], float], parameters: int, model: str) -> tuple[float, ...]:
    """The best of a few searches in the logarithms of the parameters, from several starts."""
    best: Any = None
    for start in _STARTS:
        found = minimize(loss, np.full(parameters, start), method="BFGS", options={"gtol": 1e-7})
        if np.isfinite(found.fun) and (best is None or found.fun < best.fun):
            best = found
    if best is None or not np.all(np.abs(best.x) < 20):
        raise TrainerError("FAILED", f"{model} does not settle on these buyers: their orders say too little; wait for more history")
    return tuple(float(value) for value in np.exp(best.x))
