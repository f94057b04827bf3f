"""The peer: a FastAPI service over the same four model files, with SHAP, for uvicorn.

MEMBERS: folder of the members' files; ROWS, COLUMNS: rows of features it looks up, as ours keeps them; FOREST: `library` or `loop`.
Each library is asked by the fastest of its own documented calls for one row (bench/trees finds them by trying); the forest, whose `predict_proba`
costs more than everything else together, also as a loop over its trees, which a service's authors might write (`loop`).
"""

import json
import math
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import catboost
import lightgbm
import numpy as np
import shap
import sklearn
import xgboost
from fastapi import FastAPI
from fastapi.responses import ORJSONResponse
from pydantic import BaseModel, Field

from forest import read_forest

members = Path(os.environ["MEMBERS"]) / "members"
columns: list[str] = json.loads(Path(os.environ["COLUMNS"]).read_text())
rows = np.fromfile(os.environ["ROWS"], dtype=np.float32).reshape(-1, len(columns))
PRICE = columns.index("price")
WEIGHT = 0.25

sklearn.set_config(assume_finite=True, skip_parameter_validation=True)
cat = catboost.CatBoostClassifier()
cat.load_model(str(members / "catboost.json"), format="json")
xgb = xgboost.Booster({"nthread": 1}, model_file=str(members / "xgboost.json"))
lgb = lightgbm.Booster(model_file=str(members / "lightgbm.txt"))
forest = read_forest(members / "random_forest.json")
trees = [estimator.tree_ for estimator in forest.estimators_]
forest_explainer = shap.TreeExplainer(forest, feature_perturbation="tree_path_dependent")
LOOP = os.environ.get("FOREST") == "loop"


class Question(BaseModel):
    """The reference request."""

    user_id: str = Field(min_length=1, max_length=256)
    session_id: str = Field(min_length=1, max_length=256)
    product_id: str = Field(min_length=1, max_length=256)
    category_code: str
    brand: str
    price: float = Field(gt=0)
    hour: int = Field(ge=0, le=23)
    day_of_week: int = Field(ge=0, le=6)
    is_weekend: int = Field(ge=0, le=1)
    explain: bool = True


def row_of(question: Question) -> np.ndarray:
    """One row of features: that of the session's number, with the price asked about."""
    row = rows[int(question.session_id[1:]) % len(rows)].copy()
    row[PRICE] = question.price
    return row.reshape(1, -1)


def forest_probability(row: np.ndarray) -> float:
    """By the library's call, or by a loop over its trees."""
    if LOOP:
        return float(sum(tree.predict(row)[0, 1] for tree in trees) / len(trees))
    return float(forest.predict_proba(row)[0, 1])


def log_odds_of(row: np.ndarray) -> float:
    """The four members, blended in log-odds as the bundle says."""
    p = min(max(forest_probability(row), 1e-6), 1 - 1e-6)
    raw = (
        float(cat.predict(catboost.Pool(row), "RawFormulaVal", thread_count=1)[0]),
        float(xgb.inplace_predict(row, predict_type="margin", validate_features=False)[0]),
        float(lgb.predict(row, raw_score=True, num_threads=1)[0]),
        math.log(p / (1 - p)),
    )
    return WEIGHT * sum(raw)


def contributions_of(row: np.ndarray) -> np.ndarray:
    """Exact path-dependent SHAP values of the four members, added up."""
    of_cat = cat.get_feature_importance(catboost.Pool(row), type="ShapValues", thread_count=1)[0, :-1]
    of_xgb = xgb.predict(xgboost.DMatrix(row, nthread=1), pred_contribs=True, validate_features=False)[0, :-1]
    of_lgb = lgb.predict(row, pred_contrib=True, num_threads=1)[0, :-1]
    of_forest = forest_explainer.shap_values(row, check_additivity=False)[0, :, 1]
    return WEIGHT * (of_cat + of_xgb + of_lgb + of_forest)


app = FastAPI()


@app.post("/v1/predict", response_class=ORJSONResponse)
async def predict(question: Question) -> ORJSONResponse:
    """Score, and reasons where asked for."""
    row = row_of(question)
    log_odds = log_odds_of(row)
    reasons = dict(zip(columns, contributions_of(row).tolist(), strict=True)) if question.explain else {}
    probability = 1 / (1 + math.exp(-log_odds))
    answer: dict[str, Any] = {
        "prediction_id": str(uuid4()),
        "user_id": question.user_id,
        "purchase_probability": probability,
        "log_odds": log_odds,
        "recommendation": "show best sellers" if probability < 0.1 else "no discount needed",
        "model_used": "catboost 0.25, xgboost 0.25, lightgbm 0.25, random_forest 0.25",
        "feature_contributions": reasons,
        "prediction_timestamp": datetime.now(UTC).isoformat(),
    }
    return ORJSONResponse(answer)


@app.get("/readyz")
async def ready() -> dict[str, str]:
    """Whether the models are loaded."""
    return {"status": "ready"}
