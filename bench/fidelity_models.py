"""Small models of eight features on a shop's own training table, for bench/fidelity.ts --table."""

import json
import sys
from pathlib import Path

import lightgbm
import numpy as np
import pyarrow.parquet as pq
import xgboost
from sklearn.ensemble import RandomForestClassifier

from tillcast_trainer.forest_export import export_forest, write_forest

FEATURES = 8
SEED = 20261123


def main(table_path: str, out: str, rows: int) -> None:
    """Picks the features a first forest splits on most, fits the members on earlier rows, and keeps later rows to explain."""
    table = pq.read_table(table_path)
    meta = {"label", "label_net", "t", "group", "split", "category", "rung", "day_part"}
    names = [f.name for f in table.schema if str(f.type) == "float" and f.name not in meta]
    x = np.column_stack([table[name].to_numpy() for name in names]).astype(np.float32)
    y = table["label"].to_numpy().astype(np.int32)
    cut = int(0.8 * len(y))
    first = RandomForestClassifier(50, min_samples_leaf=5, random_state=SEED).fit(x[:cut], y[:cut])
    chosen = np.sort(np.argsort(-first.feature_importances_)[:FEATURES])
    kept = tuple(names[j] for j in chosen)
    train, later = x[:cut, chosen], x[cut:, chosen]
    folder = Path(out)
    forest = RandomForestClassifier(100, min_samples_leaf=20, max_depth=8, random_state=SEED).fit(train, y[:cut])
    write_forest(export_forest(forest, kept), folder / "random_forest.json")
    booster = xgboost.train(
        {"objective": "binary:logistic", "max_depth": 4, "eta": 0.1, "seed": SEED, "nthread": 1},
        xgboost.DMatrix(train, label=y[:cut], feature_names=list(kept)),
        60,
    )
    booster.save_model(folder / "xgboost.json")
    gbm = lightgbm.train(
        {"objective": "binary", "num_leaves": 15, "learning_rate": 0.1, "seed": SEED, "num_threads": 1, "verbose": -1},
        lightgbm.Dataset(train, label=y[:cut]),
        60,
    )
    gbm.save_model(folder / "lightgbm.txt")
    picked = np.random.default_rng(SEED).choice(len(later), min(rows, len(later)), replace=False)
    values = [[None if np.isnan(v) else float(v) for v in row] for row in later[picked]]
    (folder / "rows.json").write_text(json.dumps({"features": kept, "rows": values, "base_rate": float(y.mean())}))


main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
