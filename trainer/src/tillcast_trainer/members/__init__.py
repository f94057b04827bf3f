"""One file a learner: its search space, its fit, its native file, its own scores and SHAP values."""
