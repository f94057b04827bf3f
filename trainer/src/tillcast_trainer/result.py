"""The output folder: everything is written aside and moved in place at the end, result.json last."""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tillcast_trainer.errors import invalid

RESULT = "result.json"


def check_out(out: Path) -> None:
    """Refuses a folder that is missing or already holds a result."""
    if not out.is_dir():
        raise invalid(f"out {out} is not a folder; make it first")
    if taken := next((name for name in (RESULT, "members", "oof.parquet", "golden.jsonl") if (out / name).exists()), None):
        raise invalid(f"out {out} already holds {taken}; name an empty folder, results are never overwritten")


@contextmanager
def staging(out: Path) -> Iterator[Path]:
    """A folder inside `out` for unfinished files; gone afterwards, however the run ends."""
    folder = out / f".unfinished-{os.getpid()}"
    (folder / "members").mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def publish(folder: Path, out: Path, result: dict[str, Any]) -> None:
    """Syncs the finished files to disk and renames them into `out`, result.json last."""
    (folder / RESULT).write_text(json.dumps(result, indent=2, allow_nan=False) + "\n", encoding="utf-8")
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
    for path in sorted(folder.iterdir(), key=lambda path: path.name == RESULT):
        path.rename(out / path.name)
