"""CatBoost, XGBoost, LightGBM and scikit-learn as Python calls them: documented and fast, hand-written, and as usual."""

from contenders import Contender, Contenders, Workplace
from fastest import Call
from libraries import Libraries
from rows import Rows
from tasks import Task, with_members


def _open(place: Workplace) -> tuple[Libraries, Contender]:
    libraries = Libraries(place.settings.models, place.settings.threads, place.features)
    place.about.update(Libraries.versions())

    def first(rows: Rows) -> None:
        for calls in libraries.scores().values():
            next(iter(calls.values()))(rows)

    return libraries, Contender(first, dict)


def python(place: Workplace) -> Contender:
    """Each library's fastest documented call, found by trying."""
    libraries, opened = _open(place)

    def prepare() -> dict[str, Task]:
        tasks: dict[str, Task] = {}
        for work, rows_a_call in place.score_sizes().items():
            tasks |= with_members(work, place.choose(work, libraries.scores(), rows_a_call), place.scores(rows_a_call))
        for work, rows_a_call in place.shap_sizes().items():
            tasks |= with_members(work, place.choose(work, libraries.explanations(), rows_a_call), place.shap(rows_a_call))
        return tasks

    return Contender(opened.first, prepare)


def python_by_hand(place: Workplace) -> Contender:
    """The forest's trees walked in a loop of one's own, past its `predict_proba`."""
    libraries, opened = _open(place)

    def prepare() -> dict[str, Task]:
        candidates = libraries.hand_written_scores
        return {work: place.scores(rows)(place.choose(work, candidates(), rows)) for work, rows in place.score_sizes().items()}

    return Contender(opened.first, prepare)


def python_usual(place: Workplace) -> Contender:
    """A DataFrame, `predict_proba` and `shap.TreeExplainer`."""
    libraries, opened = _open(place)

    def prepare() -> dict[str, Task]:
        scores = {work: place.scores(rows)(libraries.usual_scores()) for work, rows in place.score_sizes().items()}
        explanations: dict[str, Call] = libraries.usual_explanations()
        return {**scores, **{work: place.shap(rows)(explanations) for work, rows in place.shap_sizes().items()}}

    return Contender(opened.first, prepare)


CONTENDERS: Contenders = {"python": python, "python_by_hand": python_by_hand, "python_usual": python_usual}
