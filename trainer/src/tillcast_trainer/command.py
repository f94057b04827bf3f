"""What the commands of the trainer have in common: progress on stdout as NDJSON, everything else on stderr, an exit code."""

import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from tillcast_trainer.cancel import Cancel
from tillcast_trainer.errors import TrainerError
from tillcast_trainer.progress import Progress, open_private_stdout

Work = Callable[[Path, Progress, Cancel], None]


def run_command(module: str, arguments: list[str], work: Work, cancelled: str | None = None) -> int:
    """Runs the work of `python -m MODULE SPEC.json` and returns the exit code; the work imports the numeric libraries itself, late.

    With `cancelled`, whatever is raised after a stop was asked for is told in these words: a library that was told to stop may complain in its own.
    """
    if len(arguments) != 1 or arguments[0].startswith("-"):
        sys.stderr.write(f"usage: python -m {module} SPEC.json\n")
        return 2
    cancel = Cancel()
    cancel.listen()
    progress = Progress(open_private_stdout(), cancel)
    try:
        work(Path(arguments[0]), progress, cancel)
    except TrainerError as error:
        progress.say("error", code=error.code, message=str(error))
        return error.exit_code
    except Exception as error:
        if cancelled is not None and cancel.requested:
            progress.say("error", code="CANCELLED", message=cancelled)
            return 130
        traceback.print_exc()
        progress.say("error", code="FAILED", message=f"{type(error).__name__}: {error}")
        return 1
    return 0
