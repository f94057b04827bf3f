"""The NDJSON lines that the TypeScript side turns into live bars (contracts/progress-line.schema.json)."""

import json
import os
import sys
import time
from typing import TextIO

from tillcast_trainer.cancel import Cancel

Field = str | int | float | None


class Progress:
    """Writes one JSON object a line and flushes it."""

    def __init__(self, stream: TextIO, cancel: Cancel) -> None:
        self._stream = stream
        self._cancel = cancel
        self._started = time.monotonic()

    @property
    def elapsed_seconds(self) -> float:
        """Seconds since the run began."""
        return round(time.monotonic() - self._started, 3)

    def say(self, event: str, **fields: Field) -> None:
        """Writes one line; a reader that has gone away cancels the run."""
        line = {"event": event, **fields, "elapsed_seconds": self.elapsed_seconds}
        try:
            self._stream.write(json.dumps(line, allow_nan=False) + "\n")
            self._stream.flush()
        except BrokenPipeError:
            self._cancel.requested = True


def open_private_stdout() -> TextIO:
    """Takes stdout for progress lines alone; whatever a library prints, in C too, goes to stderr from now on."""
    sys.stdout.flush()
    private = os.dup(1)
    os.dup2(2, 1)
    return os.fdopen(private, "w", encoding="utf-8")
