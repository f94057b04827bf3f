"""Stopping on request without losing the study."""

import os
import signal
from types import FrameType

from tillcast_trainer.errors import EXIT_CODES, TrainerError


class Cancel:
    """A flag that SIGINT and SIGTERM raise; learners look at it after each round, so that native code is never torn."""

    def __init__(self) -> None:
        self.requested = False

    def listen(self) -> None:
        """Answers SIGINT and SIGTERM from now on; a second signal ends the process at once."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._on_signal)

    def check(self) -> None:
        """Raises CANCELLED once a stop was asked for."""
        if self.requested:
            raise TrainerError("CANCELLED", "cancelled; finished trials are kept in the study, and the same spec goes on from there")

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        if self.requested:
            os._exit(EXIT_CODES["CANCELLED"])
        self.requested = True
