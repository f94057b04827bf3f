"""What trials are ranked by; lower is better throughout."""

import numpy as np
from numpy.typing import NDArray

from tillcast_trainer.spec import Objective
from tillcast_trainer.table import Labels

Raw = NDArray[np.float64]

FOREST_SHRINKAGE = 1e-3
"""A forest may say 0 or 1; it is ranked with this share of the base rate mixed in (the served share is learnt later, design §5)."""


def log_loss(y: Labels, log_odds: Raw) -> float:
    """Mean negative log likelihood of log-odds, in nats: softplus(z) - y z."""
    return float(np.mean(np.logaddexp(0.0, log_odds) - y * log_odds))


def roc_auc(y: Labels, raw: Raw) -> float:
    """Area under the ROC curve by mid-ranks (Mann-Whitney U)."""
    _, inverse, counts = np.unique(raw, return_inverse=True, return_counts=True)
    mid_rank = np.cumsum(counts) - (counts - 1) / 2
    positives = int(y.sum())
    negatives = len(y) - positives
    rank_sum = float(mid_rank[inverse][y == 1].sum())
    return (rank_sum - positives * (positives + 1) / 2) / (positives * negatives)


def loss(objective: Objective, y: Labels, log_odds: Raw) -> float:
    """The trial score: log loss, or minus the ROC AUC (which needs both classes among `y`)."""
    return log_loss(y, log_odds) if objective == "log_loss" else -roc_auc(y, log_odds)


def shrunk_log_odds(probability: Raw, base_rate: float) -> Raw:
    """Log-odds of a forest's probability after a little shrinkage to the base rate."""
    p = (1 - FOREST_SHRINKAGE) * probability + FOREST_SHRINKAGE * base_rate
    return np.log(p) - np.log1p(-p)
