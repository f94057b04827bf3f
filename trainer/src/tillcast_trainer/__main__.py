"""`python -m tillcast_trainer SPEC.json`: trains the members of an ensemble."""

import os
import sys
from pathlib import Path

from tillcast_trainer.cancel import Cancel
from tillcast_trainer.command import run_command
from tillcast_trainer.progress import Progress


def main(arguments: list[str]) -> int:
    """Runs one spec and returns the exit code."""
    cancelled = "cancelled while a learner was running; finished trials are kept in the study"
    return run_command("tillcast_trainer", arguments, _run, cancelled)


def _run(path: Path, progress: Progress, cancel: Cancel) -> None:
    # Before the learners are loaded: their OpenMP threads otherwise spin while they wait, and on a busy machine a fit takes ten times as long.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    # Imported late: a bad spec is answered before the numeric libraries are loaded.
    from tillcast_trainer.spec import read_spec

    spec = read_spec(path)
    from tillcast_trainer.run import run

    run(spec, progress, cancel)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
