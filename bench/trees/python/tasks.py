"""What a contender can be asked to do: called over and over on other rows while the clock runs, and asked for its answers to be checked."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from fastest import Call
from rows import Rows


@dataclass
class Task:
    """One call, how many rows it takes, and which rows its answers are checked on."""

    call: Callable[[Rows], object]
    rows_a_call: int
    answers: Callable[[Rows], list[np.ndarray]]
    answer_rows: int
    cursor: int = field(default=0)

    def time(self, rows: Rows, calls: int) -> float:
        """Milliseconds for so many calls, each on rows that follow those of the call before."""
        batches = [rows[at : at + self.rows_a_call] for at in self._starts(len(rows), calls)]
        start = time.perf_counter()
        for batch in batches:
            self.call(batch)
        return (time.perf_counter() - start) * 1000

    def _starts(self, rows: int, calls: int) -> list[int]:
        last = max(1, rows - self.rows_a_call + 1)
        starts = [(self.cursor + i * self.rows_a_call) % last for i in range(calls)]
        self.cursor = (self.cursor + calls * self.rows_a_call) % last
        return starts


def score_task(calls: dict[str, Call], rows_a_call: int, answer_rows: int) -> Task:
    """Soft voting: the mean of the members' probabilities."""
    members = list(calls.values())

    def vote(rows: Rows) -> np.ndarray:
        return sum(member(rows) for member in members) / len(members)

    def answers(rows: Rows) -> list[np.ndarray]:
        # In calls of the measured size, since that is what is measured.
        parts = [vote(rows[at : at + rows_a_call]) for at in range(0, len(rows), rows_a_call)]
        return [np.concatenate(parts)]

    return Task(vote, rows_a_call, answers, answer_rows)


def shap_task(calls: dict[str, Call], rows_a_call: int, answer_rows: int) -> Task:
    """Every member's contributions, each in the member's own space."""

    def explain(rows: Rows) -> list[np.ndarray]:
        return [member(rows) for member in calls.values()]

    def answers(rows: Rows) -> list[np.ndarray]:
        parts = [explain(rows[at : at + rows_a_call]) for at in range(0, len(rows), rows_a_call)]
        return [np.concatenate(of_member).astype(np.float64).ravel() for of_member in zip(*parts, strict=True)]

    return Task(explain, rows_a_call, answers, answer_rows)


def with_members(name: str, calls: dict[str, Call], make: Callable[[dict[str, Call]], Task]) -> dict[str, Task]:
    """The task over all members, and for each member alone."""
    return {name: make(calls), **{f"{name}.{member}": make({member: call}) for member, call in calls.items()}}
