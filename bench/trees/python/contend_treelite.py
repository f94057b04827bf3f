"""treelite's models compiled to native code by tl2cgen; it reads XGBoost, LightGBM and scikit-learn, not CatBoost, and explains nothing."""

import tl2cgen
import treelite

from compile_treelite import MEMBERS, library_of
from contenders import Contender, Contenders, Workplace
from fastest import Call
from rows import Rows
from tasks import Task


def compiled(place: Workplace) -> Contender:
    """Shared libraries that `compile_treelite.py` made."""
    place.about.update(treelite=treelite.__version__, tl2cgen=tl2cgen.__version__)
    threads = place.settings.threads
    predictors = {member: tl2cgen.Predictor(str(library_of(place.settings.models, member)), nthread=threads) for member in MEMBERS}

    def of(member: str) -> Call:
        predictor = predictors[member]
        if member == "random_forest":
            return lambda rows: predictor.predict(tl2cgen.DMatrix(rows.filled))[:, 0, 1]
        if member == "lightgbm":
            return lambda rows: predictor.predict(tl2cgen.DMatrix(rows.x64))[:, 0, 0]
        return lambda rows: predictor.predict(tl2cgen.DMatrix(rows.x))[:, 0, 0]

    calls = {member: of(member) for member in MEMBERS}

    def prepare() -> dict[str, Task]:
        return {f"{work}.without_catboost": place.scores(rows)(calls) for work, rows in place.score_sizes().items()}

    def first(rows: Rows) -> None:
        for call in calls.values():
            call(rows)

    return Contender(first, prepare)


CONTENDERS: Contenders = {"treelite": compiled}
