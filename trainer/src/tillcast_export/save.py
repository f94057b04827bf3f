"""One call for all four libraries."""

import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tillcast_export.boosters import write_catboost, write_lightgbm, write_xgboost
from tillcast_export.errors import ExportError
from tillcast_export.sklearn_arrays import write_sklearn

Writer = Callable[[Any, Path, "list[str] | None", Any], None]

_writers: dict[str, Writer] = {
    "catboost": write_catboost,
    "xgboost": write_xgboost,
    "lightgbm": write_lightgbm,
    "sklearn": write_sklearn,
}


def save(model: Any, path: str | os.PathLike[str], feature_names: Sequence[str] | None = None, pool: Any = None) -> None:
    """Writes `model` to `path`, whole or not at all.

    XGBoost becomes its JSON (its UBJ where the path ends in `.ubj`), LightGBM its text, CatBoost its JSON, scikit-learn plain arrays in JSON.
    `feature_names` replaces the names the model holds. `pool` is needed by a CatBoost model with categories: the `catboost.Pool` it was
    trained on, whose categories go into the same file.
    """
    writer = next((_writers[root] for root in _roots(model) if root in _writers), None)
    if writer is None:
        raise ExportError(f"{type(model).__name__} is no model of {', '.join(_writers)}; give the fitted model itself")
    names = None if feature_names is None else [str(name) for name in feature_names]
    if names is not None and len(set(names)) != len(names):
        raise ExportError("feature_names holds a name twice; give distinct names")
    target = Path(path)
    # Libraries choose the format by the suffix.
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".tillcast-export-") as folder:
        written = Path(folder) / f"model{target.suffix or '.json'}"
        writer(model, written, names, pool)
        with written.open("rb") as file:
            os.fsync(file.fileno())
        written.replace(target)


def _roots(model: Any) -> list[str]:
    """The packages that a model's class and its ancestors come from: subclasses count, and wrappers before scikit-learn's bases."""
    return [base.__module__.split(".")[0] for base in type(model).__mro__]
