"""`python -m tillcast_trainer.clv SPEC.json`: fits the models of lifetime value."""

import json
import os
import sys
from pathlib import Path

from tillcast_trainer.cancel import Cancel
from tillcast_trainer.command import run_command
from tillcast_trainer.progress import Progress


def main(arguments: list[str]) -> int:
    """Fits the models of one spec and returns the exit code."""
    return run_command("tillcast_trainer.clv", arguments, _run)


def _run(path: Path, _progress: Progress, _cancel: Cancel) -> None:
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[name] = "1"
    from tillcast_trainer.clv.spec import read_clv_spec

    spec = read_clv_spec(path)
    from tillcast_trainer.clv.fit import fit

    result = fit(spec.table)
    spec.out.mkdir(parents=True, exist_ok=True)
    (spec.out / "result.json").write_text(json.dumps(result, allow_nan=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
