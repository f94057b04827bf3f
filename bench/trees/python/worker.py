"""Answers the benchmark over stdin and stdout, a line of JSON each: open a contender, time a task, give a task's answers.

Usage: worker.py SETTINGS, the settings being JSON. What is asked and answered is written down in bench/trees/contender.ts.
"""

import importlib
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from contenders import Contender, Contenders, Workplace
from rows import read_rows
from settings import Settings, read_settings
from tasks import Task

#: Where a contender lives; the module imports its libraries.
MODULES = {
    "python": "contend_python",
    "python_by_hand": "contend_python",
    "python_usual": "contend_python",
    "lime": "contend_lime",
    "treelite": "contend_treelite",
    "xgboost_quadrature": "contend_quadrature",
}


class Worker:
    """The contenders opened so far."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.rows = read_rows(settings.models / "test_rows.f32")
        self.features = json.loads((settings.models / "about.json").read_text())["features"]
        self.opened: dict[str, tuple[Contender, Workplace]] = {}
        self.tasks: dict[str, dict[str, Task]] = {}

    def open(self, contender: str) -> dict[str, Any]:
        """Loads the models and scores a first row; importing the libraries is not in the figures."""
        place = Workplace(self.settings, self.rows, self.features)
        contenders: Contenders = importlib.import_module(MODULES[contender]).CONTENDERS
        before, start = rss_mib(), time.perf_counter()
        opened = contenders[contender](place)
        opened.first(self.rows[:1])
        load_ms, added = (time.perf_counter() - start) * 1000, rss_mib() - before
        self.opened[contender] = (opened, place)
        return {"loadMs": load_ms, "addedMiB": added, "totalMiB": before + added}

    def prepare(self, contender: str) -> dict[str, Any]:
        """Makes the tasks ready, trying calls where there are several."""
        opened, place = self.opened[contender]
        self.tasks[contender] = opened.prepare()
        return {"tasks": list(self.tasks[contender]), "about": place.about}

    def time(self, contender: str, task: str, calls: int) -> dict[str, float]:
        """Milliseconds of so many calls."""
        return {"ms": self.tasks[contender][task].time(self.rows, calls)}

    def answer(self, contender: str, task: str) -> dict[str, Any]:
        """What the task says of the first rows."""
        asked = self.tasks[contender][task]
        return {"values": [values.astype(float).tolist() for values in asked.answers(self.rows[: asked.answer_rows])]}


def rss_mib() -> float:
    """Memory held by this process; unknown (0) where there is no /proc."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def main() -> None:
    """Serves until stdin ends."""
    # Libraries may print; only answers belong on the line to the benchmark.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    worker = Worker(read_settings(sys.argv[1]))
    asks = {"open": worker.open, "prepare": worker.prepare, "time": worker.time, "answer": worker.answer}
    for line in sys.stdin:
        question = json.loads(line)
        try:
            reply = asks[question.pop("ask")](**question)
            text = json.dumps(reply, allow_nan=False)
        except Exception as error:
            text = json.dumps({"error": f"{type(error).__name__}: {error}"})
        answers.write(text + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
