"""The ensemble that the benchmark scores and explains: a simulated shop of 25 features, four models. Usage: recipe.py OUT [--rows N] [--trees N].

With the defaults it is the 1,700-tree ensemble: 500 CatBoost, XGBoost and LightGBM trees each and a forest of 200, learnt from
80,000 of 100,000 rows.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import tillcast_export
from catboost import CatBoostClassifier
from lightgbm import LGBMClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import roc_auc_score
from xgboost import XGBClassifier

from sklearn_forest import write_forest

SEED = 7
SHARE_TO_LEARN_FROM = 0.8
#: Distinct values of the categorical columns, and how much each moves the log-odds.
CATEGORIES = {"category_code": (130, 1.0), "brand": (2000, 1.0), "device": (10, 0.5), "region": (50, 0.4), "channel": (12, 0.5)}
NUMERIC = 18
MOST_BUYERS = 0.085
#: The forest was not made to know missing values: it is told this number instead.
MISSING_FOR_FOREST = -999.0


def numeric_columns(rng: np.random.Generator, rows: int) -> list[np.ndarray]:
    """Prices and recencies, counts, ratios and scores that share six hidden factors; two of them are sometimes missing."""
    factors = rng.normal(size=(rows, 6))
    columns = []
    for i in range(NUMERIC):
        mixed = factors[:, i % 6] * 0.7 + rng.normal(size=rows) * 0.7
        if i < 6:
            columns.append(np.exp(mixed * 1.1) * 30)
        elif i < 10:
            columns.append(rng.poisson(np.exp(mixed * 0.6 + 0.8)).astype(float))
        else:
            columns.append(1 / (1 + np.exp(-mixed)) if i < 13 else mixed)
    columns[3][rng.random(rows) < 0.03] = np.nan
    columns[14][rng.random(rows) < 0.05] = np.nan
    return columns


def category_columns(rng: np.random.Generator, rows: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Codes whose frequencies follow a power law, and what they add to the log-odds."""
    codes, effect = {}, np.zeros(rows)
    for name, (count, weight) in CATEGORIES.items():
        frequency = 1 / np.arange(1, count + 1) ** 1.05
        codes[name] = rng.choice(count, size=rows, p=frequency / frequency.sum())
        effect = effect + weight * (rng.normal(size=count) * 0.6)[codes[name]]
    return codes, effect


def buyers(rng: np.random.Generator, n: list[np.ndarray], b0: np.ndarray, b1: np.ndarray, categories: np.ndarray) -> np.ndarray:
    """Who buys: log-odds with interactions that trees must find, lowered until few enough do."""
    z = np.nan_to_num
    log_odds = -4.45 + 0.55 * np.log1p(n[0]) - 0.35 * np.log1p(n[1]) + 0.25 * z(n[6]) * (n[10] > 0.5) - 0.15 * n[7]
    log_odds = log_odds + 1.1 * n[13] * (b0 - 0.3) + 0.6 * np.abs(z(n[14])) + 0.5 * np.sin(2 * n[15]) + 0.8 * b1 * (n[11] > 0.6) + categories
    while True:
        bought = (rng.random(len(log_odds)) < 1 / (1 + np.exp(-log_odds))).astype(int)
        if bought.mean() <= MOST_BUYERS:
            return bought
        log_odds = log_odds - 0.1


def encode(codes: dict[str, np.ndarray], bought: np.ndarray, learn: int) -> list[np.ndarray]:
    """Each category as its smoothed share of buyers among the rows to learn from."""
    prior = bought[:learn].mean()
    encoded = []
    for name, (count, _) in CATEGORIES.items():
        seen = np.bincount(codes[name][:learn], minlength=count)
        sold = np.bincount(codes[name][:learn], weights=bought[:learn], minlength=count)
        encoded.append(((sold + prior * 20) / (seen + 20))[codes[name]])
    return encoded


def simulate(rows: int, learn: int) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Rows of float32, labels and the names of the features."""
    rng = np.random.default_rng(SEED)
    numeric = numeric_columns(rng, rows)
    codes, effect = category_columns(rng, rows)
    b0 = (rng.random(rows) < 0.3).astype(float)
    b1 = (rng.random(rows) < 0.55).astype(float)
    bought = buyers(rng, numeric, b0, b1, effect)
    table = np.column_stack([*numeric, *encode(codes, bought, learn), b0, b1])
    names = [*(f"n{i}" for i in range(NUMERIC)), *CATEGORIES, "b0", "b1"]
    return np.ascontiguousarray(table.astype(np.float32)), bought, names


def fit(x: np.ndarray, y: np.ndarray, trees: int) -> dict[str, Any]:
    """The four models; the forest learns from rows whose missing values are a number."""
    common: dict[str, Any] = {"n_estimators": trees, "learning_rate": 0.06, "n_jobs": 2, "random_state": 1}
    catboost = CatBoostClassifier(iterations=trees, depth=6, learning_rate=0.06, verbose=0, thread_count=2, random_seed=1, allow_writing_files=False)
    forest = RandomForestClassifier(n_estimators=max(2, trees * 2 // 5), max_depth=12, n_jobs=2, random_state=1)
    return {
        "catboost": catboost.fit(x, y),
        "xgboost": XGBClassifier(max_depth=6, tree_method="hist", **common).fit(x, y),
        "lightgbm": LGBMClassifier(num_leaves=31, verbose=-1, **common).fit(x.astype(np.float64), y),
        "random_forest": forest.fit(np.nan_to_num(x, nan=MISSING_FOR_FOREST), y),
    }


def save(models: dict[str, Any], out: Path, names: list[str]) -> None:
    """Each library's own file; the forest by Tillcast's exporter, missing values going where the number they became goes, and for scikit-learn."""
    models["catboost"].save_model(str(out / "catboost.json"), format="json")
    models["xgboost"].get_booster().save_model(out / "xgboost.json")
    models["lightgbm"].booster_.save_model(out / "lightgbm.txt")
    write_forest(models["random_forest"], out / "random_forest.npz")
    tillcast_export.save(models["random_forest"], out / "random_forest.json", names)
    exported = json.loads((out / "random_forest.json").read_text())
    for tree in exported["trees"]:
        tree["missing_left"] = [int(threshold >= MISSING_FOR_FOREST) for threshold in tree["threshold"]]
    (out / "random_forest.json").write_text(json.dumps(exported))


def main() -> None:
    """Simulates, fits and writes models, rows to test on and, for LIME, the rows learnt from."""
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=Path)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--trees", type=int, default=500)
    args = parser.parse_args()
    out: Path = args.out
    out.mkdir(parents=True, exist_ok=True)
    learn = int(args.rows * SHARE_TO_LEARN_FROM)
    x, y, names = simulate(args.rows, learn)
    models = fit(x[:learn], y[:learn], args.trees)
    save(models, out, names)
    x[learn:].tofile(out / "test_rows.f32")
    x[:learn].tofile(out / "learnt_rows.f32")
    tested = {name: np.nan_to_num(x[learn:], nan=MISSING_FOR_FOREST) if name == "random_forest" else x[learn:] for name in models}
    roc_auc = {name: roc_auc_score(y[learn:], model.predict_proba(tested[name])[:, 1]) for name, model in models.items()}
    about = {"features": names, "rows": len(x) - learn, "missing_for_forest": MISSING_FOR_FOREST, "base_rate": y[:learn].mean(), "roc_auc": roc_auc}
    (out / "about.json").write_text(json.dumps(about))


if __name__ == "__main__":
    main()
