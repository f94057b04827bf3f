"""The `lime` package on the ensemble's own soft voting."""

import json

import lime.lime_tabular
import numpy as np

from contenders import Contender, Contenders, Workplace
from libraries import Libraries
from rows import Rows, read_rows
from tasks import Task

SEED = 1


def lime_tabular(place: Workplace) -> Contender:
    """LimeTabularExplainer with all features in one ridge, which spares it the choice of features; the explainer is made beforehand."""
    settings = place.settings
    missing = json.loads((settings.models / "about.json").read_text())["missing_for_forest"]
    libraries = Libraries(settings.models, settings.threads, place.features)
    place.about["lime"] = "LimeTabularExplainer(discretize_continuous=True), feature_selection='none'"
    members = list(place.choose("lime", libraries.scores(), settings.lime_samples).values())

    def vote(values: np.ndarray) -> np.ndarray:
        filled = values.astype(np.float32)
        x = np.where(filled == np.float32(missing), np.float32(np.nan), filled)
        rows = Rows(x, x.astype(np.float64), filled)
        buys = sum(member(rows) for member in members) / len(members)
        return np.column_stack([1 - buys, buys])

    learnt = read_rows(settings.models / "learnt_rows.f32").filled.astype(np.float64)
    explainer = lime.lime_tabular.LimeTabularExplainer(
        learnt, feature_names=place.features, feature_selection="none", discretize_continuous=True, random_state=SEED
    )
    features = len(place.features)

    def explain(rows: Rows) -> np.ndarray:
        local = explainer.explain_instance(rows.filled[0].astype(np.float64), vote, num_features=features, num_samples=settings.lime_samples)
        weights = np.zeros(features)
        for feature, weight in local.as_map()[1]:
            weights[feature] = weight
        return weights

    def answers(rows: Rows) -> list[np.ndarray]:
        return [np.concatenate([explain(rows[at : at + 1]) for at in range(len(rows))])]

    return Contender(explain, lambda: {"lime": Task(explain, 1, answers, settings.lime_answers)})


CONTENDERS: Contenders = {"lime": lime_tabular}
