"""What the three commands have in common: how they are called, what they refuse, how they end."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src"
COMMANDS = {
    "tillcast_trainer": "training-spec",
    "tillcast_trainer.uplift": "uplift-spec",
    "tillcast_trainer.clv": "clv-spec",
}


def run(module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs a command of the trainer."""
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    return subprocess.run([sys.executable, "-m", module, *arguments], capture_output=True, text=True, check=False, env=environment)


@pytest.mark.parametrize(("module", "contract"), COMMANDS.items())
def test_without_a_spec_it_says_how_it_is_called(module: str, contract: str) -> None:
    ended = run(module)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == f"usage: python -m {module} SPEC.json\n"
    missing = run(module, "none.json")
    assert missing.returncode == 1
    line = json.loads(missing.stdout)
    assert (line["event"], line["code"]) == ("error", "INPUT_INVALID")
    assert line["message"] == f"the spec none.json does not exist; give the path of a JSON file that obeys contracts/{contract}.schema.json"


@pytest.mark.parametrize("module", COMMANDS)
def test_what_is_no_json_is_refused_by_name(module: str, tmp_path: Path) -> None:
    path = tmp_path / "spec.json"
    path.write_text("{", encoding="utf-8")
    ended = run(module, str(path))
    assert ended.returncode == 1
    assert json.loads(ended.stdout)["message"].startswith(f"the spec {path} is not JSON: ")
    path.write_text("{}", encoding="utf-8")
    # The control: what is JSON is refused for what it lacks.
    assert "spec.schema" in json.loads(run(module, str(path)).stdout)["message"]
