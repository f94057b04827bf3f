"""Writes a fitted CatBoost, XGBoost, LightGBM or scikit-learn model as a file that `@tillcast/trees` reads: no pickle."""

from tillcast_export.errors import ExportError
from tillcast_export.save import save

__all__ = ["ExportError", "save"]
