"""XGBoost 3.4 and later, whose SHAP values are computed by quadrature; it needs a newer Python than the others."""

import numpy as np
import xgboost

from contenders import Contender, Contenders, Workplace
from rows import Rows
from tasks import Task


def xgboost_quadrature(place: Workplace) -> Contender:
    """Explains the same XGBoost model."""
    threads = place.settings.threads
    booster = xgboost.Booster({"nthread": threads}, model_file=place.settings.models / "xgboost.json")
    place.about["xgboost"] = xgboost.__version__

    def explain(rows: Rows) -> np.ndarray:
        return booster.predict(xgboost.DMatrix(rows.x, nthread=threads), pred_contribs=True, validate_features=False)

    def prepare() -> dict[str, Task]:
        return {f"{work}.xgboost": place.shap(rows)({"xgboost": explain}) for work, rows in place.shap_sizes().items()}

    return Contender(explain, prepare)


CONTENDERS: Contenders = {"xgboost_quadrature": xgboost_quadrature}
