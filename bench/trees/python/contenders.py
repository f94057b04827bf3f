"""What a contender is: it opens its models, scores a first row, and hands out tasks."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from fastest import Call, fastest
from rows import Rows
from settings import Settings
from tasks import Task, score_task, shap_task


@dataclass(frozen=True)
class Workplace:
    """What contenders share: settings, rows, names of features, and notes for the reader of the figures."""

    settings: Settings
    rows: Rows
    features: list[str]
    about: dict[str, str] = field(default_factory=dict)

    def choose(self, work: str, candidates: dict[str, dict[str, Call]], rows_a_call: int) -> dict[str, Call]:
        """Each member's fastest call, noted down."""
        chosen = {}
        for member, of_member in candidates.items():
            name, chosen[member] = fastest(of_member, self.rows, rows_a_call, self.settings.try_ms)
            self.about[f"{work}.{member}"] = name
        return chosen

    def score_sizes(self) -> dict[str, int]:
        """Scoring tasks and their rows a call: those of one thread, or the one of all."""
        if self.settings.threads == 1:
            return {"score_row": 1, "score_batch": self.settings.batch_rows}
        return {"score_all_cores": self.settings.batch_rows}

    def shap_sizes(self) -> dict[str, int]:
        """The same of explaining."""
        if self.settings.threads == 1:
            return {"shap_row": 1, "shap_batch": self.settings.micro_batch_rows}
        return {"shap_all_cores": self.settings.many_rows}

    def scores(self, rows_a_call: int) -> Callable[[dict[str, Call]], Task]:
        """Makes scoring tasks."""
        return partial(score_task, rows_a_call=rows_a_call, answer_rows=self.settings.score_answers)

    def shap(self, rows_a_call: int) -> Callable[[dict[str, Call]], Task]:
        """Makes explaining tasks."""
        return partial(shap_task, rows_a_call=rows_a_call, answer_rows=self.settings.shap_answers)


@dataclass(frozen=True)
class Contender:
    """Opened, its models in memory."""

    #: Scores or explains, so that nothing of the loading is put off.
    first: Callable[[Rows], object]
    #: Tasks by name; may try several calls and choose.
    prepare: Callable[[], dict[str, Task]]


#: By name, what opens a contender; libraries are imported before.
Contenders = dict[str, Callable[[Workplace], Contender]]
