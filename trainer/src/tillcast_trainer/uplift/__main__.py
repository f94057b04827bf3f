"""`python -m tillcast_trainer.uplift SPEC.json`: fits the learners of effects."""

import os
import sys
from pathlib import Path

from tillcast_trainer.cancel import Cancel
from tillcast_trainer.command import run_command
from tillcast_trainer.progress import Progress


def main(arguments: list[str]) -> int:
    """Fits the learners of one spec and returns the exit code."""
    return run_command("tillcast_trainer.uplift", arguments, _run)


def _run(path: Path, progress: Progress, cancel: Cancel) -> None:
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    from tillcast_trainer.uplift.spec import read_uplift_spec

    spec = read_uplift_spec(path)
    # Before the numeric libraries are loaded: their threads, BLAS included, are counted at load.
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[name] = str(spec.threads)
    from tillcast_trainer.uplift.run import run

    run(spec, progress, cancel)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
