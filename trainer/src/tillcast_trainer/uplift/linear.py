"""Ridge regressions on standardised features; they leave Python as plain JSON."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from tillcast_trainer.uplift.scorer import Scorer, Term
from tillcast_trainer.uplift.table import Matrix, Values

CLIP_AT = 5.0
"""Standard deviations at which a value is cut, so that one outlier does not carry the line."""

SKEWED = 2.0
"""From this skewness on a feature enters as sign(v) · log(1 + |v|)."""

LOGISTIC_RIDGE = 10.0
"""In nats a squared standardised coefficient: half a prior precision."""

LINEAR_RIDGE = 300.0
"""In rows: a coefficient of a standardised feature is shrunk by n / (n + 300)."""


@dataclass(frozen=True)
class Design:
    """How a row becomes the columns of a linear model: curve, centre, scale, clip; then a column that says "missing" where that was ever so."""

    log: NDArray[np.bool_]
    mean: Values
    scale: Values
    missing: NDArray[np.int64]

    def columns(self, x: Matrix) -> Values:
        """The columns of some rows, without the constant."""
        values = _curved(x.astype(np.float64), self.log)
        known = np.clip((values - self.mean) * self.scale, -CLIP_AT, CLIP_AT)
        return np.column_stack([np.where(np.isnan(known), 0.0, known), np.isnan(values[:, self.missing]).astype(np.float64)])


def learn_design(x: Matrix) -> Design:
    """Learns curve, centre and scale of each column."""
    values = np.where(np.isfinite(x), x, np.nan).astype(np.float64)
    log = np.abs(_skewness(values)) > SKEWED
    values = _curved(values, log)
    mean, deviation = _mean(values), np.sqrt(_mean((values - _mean(values)) ** 2))
    scale = np.divide(1.0, deviation, out=np.zeros_like(deviation), where=deviation > 0)
    return Design(log, mean, scale, np.flatnonzero(np.isnan(values).any(axis=0)))


def _curved(values: Values, log: NDArray[np.bool_]) -> Values:
    return np.asarray(np.where(log, np.sign(values) * np.log1p(np.abs(values)), values), dtype=np.float64)


def _mean(values: Values) -> Values:
    known = np.isfinite(values)
    total = np.where(known, values, 0.0).sum(axis=0)
    return np.asarray(total / np.maximum(1, known.sum(axis=0)), dtype=np.float64)


def _skewness(values: Values) -> Values:
    above = values - _mean(values)
    spread = np.sqrt(_mean(above**2))
    return np.asarray(np.divide(_mean(above**3), spread**3, out=np.zeros_like(spread), where=spread > 0), dtype=np.float64)


@dataclass(frozen=True)
class LinearModel:
    """A fitted line, through the logistic function or not."""

    design: Design
    intercept: float
    coefficients: Values
    logistic: bool

    def predict(self, x: Matrix) -> Values:
        """A probability or a value, one a row."""
        line = self.intercept + self.design.columns(x) @ self.coefficients
        return np.asarray(1 / (1 + np.exp(-line)) if self.logistic else line, dtype=np.float64)

    def save(self, folder: Path, stem: str) -> Term:
        """The whole model as numbers."""
        width = len(self.design.mean)
        missing = dict(zip(self.design.missing.tolist(), self.coefficients[width:].tolist(), strict=True))
        columns = [
            {
                "curve": "log" if self.design.log[i] else "plain",
                "mean": float(self.design.mean[i]),
                "scale": float(self.design.scale[i]),
                "coefficient": float(self.coefficients[i]),
                "missing": missing.get(i, 0.0),
            }
            for i in range(width)
        ]
        return {"link": "logistic" if self.logistic else "identity", "linear": {"intercept": self.intercept, "clip": CLIP_AT, "columns": columns}}


class Ridge:
    """Ridge logistic and ridge linear regression."""

    def classify(self, x: Matrix, y: Values, seed: int) -> Scorer:
        """P(y = 1 | x)."""
        design = learn_design(x)
        fitted = LogisticRegression(C=1 / LOGISTIC_RIDGE, max_iter=500, tol=1e-8).fit(design.columns(x), y)
        return LinearModel(design, float(fitted.intercept_[0]), np.asarray(fitted.coef_[0], dtype=np.float64), True)

    def regress(self, x: Matrix, y: Values, seed: int) -> Scorer:
        """E[y | x]."""
        design = learn_design(x)
        intercept, coefficients = ridge_line(design.columns(x), y, LINEAR_RIDGE)
        return LinearModel(design, intercept, coefficients, False)


def ridge_line(columns: Values, y: Values, ridge: float) -> tuple[float, Values]:
    """Intercept and coefficients that minimise Σ (y − a − x·b)² + ridge·|b|²; the intercept is free."""
    centre = columns.mean(axis=0)
    centred = columns - centre
    normal = centred.T @ centred + ridge * np.eye(columns.shape[1])
    # A column that never varies has a zero row where there is no ridge: the least-norm answer leaves it out.
    coefficients = np.linalg.lstsq(normal, centred.T @ (y - y.mean()), rcond=1e-12)[0]
    return float(y.mean() - centre @ coefficients), np.asarray(coefficients, dtype=np.float64)
