"""`python -m tillcast_trainer SPEC.json`: progress on stdout as NDJSON, everything else on stderr."""

import os
import sys
import traceback
from pathlib import Path

from tillcast_trainer.cancel import Cancel
from tillcast_trainer.errors import TrainerError
from tillcast_trainer.progress import Progress, open_private_stdout


def main(arguments: list[str]) -> int:
    """Runs one spec and returns the exit code."""
    if len(arguments) != 1 or arguments[0].startswith("-"):
        sys.stderr.write("usage: python -m tillcast_trainer SPEC.json\n")
        return 2
    # Before the learners are loaded: their OpenMP threads otherwise spin while they wait, and on a busy machine a fit takes ten times as long.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    cancel = Cancel()
    cancel.listen()
    progress = Progress(open_private_stdout(), cancel)
    try:
        _run(Path(arguments[0]), progress, cancel)
    except TrainerError as error:
        progress.say("error", code=error.code, message=str(error))
        return error.exit_code
    except Exception as error:
        if cancel.requested:
            # A library that was told to stop may complain about it in its own words.
            progress.say("error", code="CANCELLED", message="cancelled while a learner was running; finished trials are kept in the study")
            return 130
        traceback.print_exc()
        progress.say("error", code="FAILED", message=f"{type(error).__name__}: {error}")
        return 1
    return 0


def _run(path: Path, progress: Progress, cancel: Cancel) -> None:
    # Imported late: a bad spec is answered before the numeric libraries are loaded.
    from tillcast_trainer.spec import read_spec

    spec = read_spec(path)
    from tillcast_trainer.run import run

    run(spec, progress, cancel)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
