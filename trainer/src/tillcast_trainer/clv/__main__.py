"""`python -m tillcast_trainer.clv SPEC.json`: progress on stdout as NDJSON, everything else on stderr."""

import json
import os
import sys
import traceback
from pathlib import Path

from tillcast_trainer.cancel import Cancel
from tillcast_trainer.errors import TrainerError
from tillcast_trainer.progress import Progress, open_private_stdout


def main(arguments: list[str]) -> int:
    """Fits the models of one spec and returns the exit code."""
    if len(arguments) != 1 or arguments[0].startswith("-"):
        sys.stderr.write("usage: python -m tillcast_trainer.clv SPEC.json\n")
        return 2
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[name] = "1"
    cancel = Cancel()
    cancel.listen()
    progress = Progress(open_private_stdout(), cancel)
    try:
        from tillcast_trainer.clv.spec import read_clv_spec

        spec = read_clv_spec(Path(arguments[0]))
        from tillcast_trainer.clv.fit import fit

        result = fit(spec.table)
        spec.out.mkdir(parents=True, exist_ok=True)
        (spec.out / "result.json").write_text(json.dumps(result, allow_nan=False) + "\n", encoding="utf-8")
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
