"""`python -m tillcast_trainer.uplift SPEC.json`: progress on stdout as NDJSON, everything else on stderr."""

import os
import sys
import traceback
from pathlib import Path

from tillcast_trainer.cancel import Cancel
from tillcast_trainer.errors import TrainerError
from tillcast_trainer.progress import Progress, open_private_stdout


def main(arguments: list[str]) -> int:
    """Fits the learners of one spec and returns the exit code."""
    if len(arguments) != 1 or arguments[0].startswith("-"):
        sys.stderr.write("usage: python -m tillcast_trainer.uplift SPEC.json\n")
        return 2
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    cancel = Cancel()
    cancel.listen()
    progress = Progress(open_private_stdout(), cancel)
    try:
        from tillcast_trainer.uplift.spec import read_uplift_spec

        spec = read_uplift_spec(Path(arguments[0]))
        # Before the numeric libraries are loaded: their threads, BLAS included, are counted at load.
        for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
            os.environ[name] = str(spec.threads)
        from tillcast_trainer.uplift.run import run

        run(spec, progress, cancel)
    except TrainerError as error:
        progress.say("error", code=error.code, message=str(error))
        return error.exit_code
    except Exception as error:
        traceback.print_exc()
        progress.say("error", code="FAILED", message=f"{type(error).__name__}: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
