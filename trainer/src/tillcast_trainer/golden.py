"""Golden rows and what each library itself says of them (contracts/golden-row.schema.json)."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tillcast_trainer.members.learner import Opened
from tillcast_trainer.table import Matrix

Answer = dict[str, float | list[float]]


def write_golden(path: Path, x: Matrix, members: dict[str, Opened]) -> None:
    """One JSON object a line; numbers carry 17 significant digits."""
    answers = {name: _answers(opened, x) for name, opened in members.items()}
    with path.open("w", encoding="utf-8") as file:
        for i, row in enumerate(x):
            said = ", ".join(f'"{name}": {_answer_text(rows[i])}' for name, rows in answers.items() if i in rows)
            file.write(f'{{"row": {_list_text(row)}, "members": {{{said}}}}}\n')


def _answers(opened: Opened, x: Matrix) -> dict[int, Answer]:
    """Answers by row. Rows with an infinite value are asked apart: some libraries refuse them, some only their SHAP values."""
    infinite = np.isinf(x).any(axis=1)
    answers: dict[int, Answer] = {}
    _fill(answers, np.flatnonzero(~infinite), opened.raw(x[~infinite]), opened.contributions(x[~infinite]))
    try:
        raw = opened.raw(x[infinite])
    except Exception:
        return answers
    try:
        contributions = opened.contributions(x[infinite])
    except Exception:
        contributions = None
    _fill(answers, np.flatnonzero(infinite), raw, contributions)
    return answers


def _fill(
    answers: dict[int, Answer],
    rows: NDArray[np.intp],
    raw: NDArray[np.float64],
    contributions: tuple[NDArray[np.float64], NDArray[np.float64]] | None,
) -> None:
    for i, row in enumerate(rows):
        answers[int(row)] = {"raw": float(raw[i])}
        if contributions is not None:
            answers[int(row)].update(contributions=contributions[0][i].tolist(), base=float(contributions[1][i]))


def _answer_text(answer: Answer) -> str:
    parts = (f'"{name}": {_list_text(value) if isinstance(value, list) else _text(value)}' for name, value in answer.items())
    return "{" + ", ".join(parts) + "}"


def _list_text(values: list[float] | NDArray[np.float32]) -> str:
    return "[" + ", ".join(_text(float(value)) for value in values) + "]"


def _text(value: float) -> str:
    if np.isnan(value):
        return "null"
    if np.isinf(value):
        return '"Infinity"' if value > 0 else '"-Infinity"'
    return format(value, ".17g")
