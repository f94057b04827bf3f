"""The three boosting libraries write their own files."""

import copy
import json
from pathlib import Path
from typing import Any

from tillcast_export.errors import ExportError


def write_xgboost(model: Any, path: Path, feature_names: list[str] | None, pool: Any) -> None:
    """XGBoost's JSON or UBJ. The scikit-learn wrapper's file stops at the best round, as its `predict` does."""
    _refuse_pool(pool)
    if path.suffix not in (".json", ".ubj"):
        raise ExportError(f'XGBoost writes .json or .ubj, the path ends in "{path.suffix}"')
    if feature_names is not None:
        # The wrapper shares its booster with the caller, whose names must stay.
        model = copy.deepcopy(model)
        booster = model.get_booster() if hasattr(model, "get_booster") else model
        _check_count(feature_names, booster.num_features())
        booster.feature_names = feature_names
    model.save_model(path)


def write_lightgbm(model: Any, path: Path, feature_names: list[str] | None, pool: Any) -> None:
    """LightGBM's text, up to the best iteration where there is one."""
    _refuse_pool(pool)
    booster = getattr(model, "booster_", model)
    text: str = booster.model_to_string()
    if feature_names is not None:
        _check_count(feature_names, booster.num_feature())
        bad = next((name for name in feature_names if not name or any(mark.isspace() for mark in name)), None)
        if bad is not None:
            raise ExportError(f'LightGBM separates names by blanks, so "{bad}" cannot be one; use another')
        lines = [f"feature_names={' '.join(feature_names)}" if line.startswith("feature_names=") else line for line in text.split("\n")]
        # Each tree's size in bytes stands in the header and does not change.
        text = "\n".join(lines)
    path.write_text(text, encoding="utf-8")


def write_catboost(model: Any, path: Path, feature_names: list[str] | None, pool: Any) -> None:
    """CatBoost's JSON; with categories, the pool's category to hash map is in it."""
    has_categories = len(model.get_cat_feature_indices()) > 0
    if pool is None and has_categories:
        raise ExportError("a CatBoost model with categories needs the pool it was trained on: save(model, path, pool=train_pool)")
    model.save_model(str(path), format="json", pool=pool if has_categories else None)
    file = json.loads(path.read_text(encoding="utf-8"))
    info = file["features_info"]
    if info.get("categorical_features") and not info.get("cat_features_hash"):
        raise ExportError("the pool names no category; give the pool the model was trained on")
    if feature_names is not None:
        features = [*info.get("float_features", []), *info.get("categorical_features", [])]
        _check_count(feature_names, len(features))
        for feature in features:
            feature["feature_id"] = feature["feature_name"] = feature_names[feature["flat_feature_index"]]
    path.write_text(json.dumps(file, separators=(",", ":"), ensure_ascii=False, allow_nan=False), encoding="utf-8")


def _refuse_pool(pool: Any) -> None:
    if pool is not None:
        raise ExportError("only CatBoost takes a pool; leave it out")


def _check_count(feature_names: list[str], count: int) -> None:
    if len(feature_names) != count:
        raise ExportError(f"feature_names holds {len(feature_names)} names, the model has {count} features")
