"""Writes generated/model.json and visit.json: a small CatBoost model of made-up shop visits, one visit, and CatBoost's own answers for it.

Run: trainer/.venv/bin/python examples/trees/make_model.py (the trainer's environment has catboost and tillcast_export).
"""

import json
from pathlib import Path

import catboost
import numpy as np
import tillcast_export

FOLDER = Path(__file__).parent / "generated"
SEED = 20261123
NAMES = ["items in cart", "minutes on site", "items viewed", "category", "price", "days since last visit", "came by", "hour", "past orders"]
CATEGORIES = ["shoes", "garden", "books", "toys", "phones"]
SOURCES = ["search", "newsletter", "advert", "direct"]
TEXTS = [3, 6]
VISIT = [2, 17.5, 9, "shoes", 79.9, None, "newsletter", 20, 1]


def main() -> None:
    """Trains on visits whose chance of a purchase is known, as they are drawn from it."""
    rng = np.random.default_rng(SEED)
    size = 4_000
    cart = rng.poisson(0.7, size)
    minutes = rng.gamma(2, 5, size).round(1)
    viewed = 1 + rng.poisson(minutes / 3)
    category = rng.integers(len(CATEGORIES), size=size)
    price = rng.lognormal(3.6, 0.8, size).round(2)
    since = np.where(rng.random(size) < 0.4, np.nan, rng.exponential(14, size).round())
    source = rng.integers(len(SOURCES), size=size)
    hour = rng.integers(24, size=size)
    orders = np.where(np.isnan(since), 0, rng.poisson(1.2, size))
    margin = (
        -3.2
        + 1.1 * np.minimum(cart, 3)
        + 0.05 * np.minimum(minutes, 30)
        + np.array([0.5, -0.3, 0.4, 0.1, -0.6])[category]
        - 0.012 * np.minimum(price, 120)
        - 0.02 * np.nan_to_num(since, nan=20)
        + np.array([0.0, 0.6, -0.4, 0.3])[source]
        + 0.3 * ((hour >= 18) & (hour <= 22))
        + 0.3 * np.minimum(orders, 3)
    )
    bought = rng.random(size) < 1 / (1 + np.exp(-margin))
    columns = [cart, minutes, viewed, np.array(CATEGORIES)[category], price, since, np.array(SOURCES)[source], hour, orders]
    rows = [[_plain(column[row]) for column in columns] for row in range(size)]
    pool = catboost.Pool(rows, bought.astype(int), cat_features=TEXTS, feature_names=NAMES)
    model = catboost.CatBoostClassifier(
        iterations=40, depth=4, learning_rate=0.2, one_hot_max_size=8, random_seed=SEED, thread_count=1, verbose=False, allow_writing_files=False
    )
    model.fit(pool)
    tillcast_export.save(model, FOLDER / "model.json", pool=pool)
    visit = catboost.Pool([VISIT], cat_features=TEXTS, feature_names=NAMES)
    answers = {
        "library": f"catboost {catboost.__version__}",
        "seed": SEED,
        "values": VISIT,
        "raw": float(model.predict(visit, prediction_type="RawFormulaVal")[0]),
        "shap": [float(value) for value in model.get_feature_importance(visit, type="ShapValues")[0]],
    }
    (FOLDER / "visit.json").write_text(json.dumps(answers) + "\n", encoding="utf-8")


def _plain(value: object) -> object:
    """A number or a text of Python's own, None where it is missing."""
    plain = value.item() if isinstance(value, np.generic) else value
    return None if isinstance(plain, float) and np.isnan(plain) else plain


if __name__ == "__main__":
    main()
