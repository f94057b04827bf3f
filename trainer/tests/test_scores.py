"""Trial scores against scikit-learn's."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from tillcast_trainer.scores import log_loss, roc_auc, shrunk_log_odds


@given(seed=st.integers(0, 2**32), ties=st.booleans(), scale=st.floats(0.01, 5))
@settings(max_examples=80, deadline=None)
def test_scores_are_scikit_learns(seed: int, ties: bool, scale: float) -> None:
    rng = np.random.default_rng(seed)
    z = rng.normal(size=60) * scale
    z = np.round(z) if ties else z
    y = np.concatenate([[0, 1], rng.integers(0, 2, size=58)]).astype(np.int8)
    assert abs(log_loss(y, z) - metrics.log_loss(y, 1 / (1 + np.exp(-z)))) <= 1e-9
    assert abs(roc_auc(y, z) - metrics.roc_auc_score(y, z)) <= 1e-12


def test_a_forest_that_is_certain_is_still_finite() -> None:
    z = shrunk_log_odds(np.array([0.0, 0.3, 1.0]), 0.03)
    assert np.isfinite(z).all()
    assert (np.diff(z) > 0).all()
