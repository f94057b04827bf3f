"""The search: resumable, seeded, pruned, bounded in time."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from conftest import make_columns, make_spec, train, write_table
from tillcast_trainer.errors import TrainerError

SOURCE = str(Path(__file__).parents[1] / "src")
SEARCH = [{"name": "lightgbm", "trials": 6}]


def spawn(spec: dict[str, Any], path: Path) -> "subprocess.Popen[str]":
    path.write_text(json.dumps(spec))
    environment = {**os.environ, "PYTHONPATH": SOURCE}
    command = [sys.executable, "-m", "tillcast_trainer", str(path)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)


def result_of(spec: dict[str, Any]) -> dict[str, Any]:
    member: dict[str, Any] = json.loads((Path(spec["out"]) / "result.json").read_text())["members"][0]
    return {key: value for key, value in member.items() if key != "seconds"}


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_search_goes_on_where_it_stopped(table: Path, tmp_path: Path, stop: signal.Signals) -> None:
    spec = make_spec(table, tmp_path / "out", members=SEARCH, study=str(tmp_path / "study.db"), stop_split=None, threads=1)
    process = spawn(spec, tmp_path / "spec.json")
    assert process.stdout is not None
    done = 0
    lines = []
    for line in process.stdout:
        lines.append(json.loads(line))
        done += lines[-1]["event"] == "trial"
        if done == 2 and lines[-1]["event"] == "trial":
            process.send_signal(stop)
    process.communicate()
    if stop is signal.SIGKILL:
        assert process.returncode == -signal.SIGKILL
    else:
        assert process.returncode == 130
        assert (lines[-1]["event"], lines[-1]["code"]) == ("error", "CANCELLED")
        assert list((tmp_path / "out").iterdir()) == []
    assert 2 <= done < 6, "the search was over before the signal came"

    resumed = train({**spec, "out": str(_folder(tmp_path / "resumed"))})
    trials = [line for line in resumed if line["event"] == "trial"]
    # A trial may have been finished between its line and the signal; it is not run again.
    assert len(trials) in (6 - done, 6 - done - 1)
    assert [line["trial"] for line in trials] == list(range(1, len(trials) + 1))

    uninterrupted = {**spec, "out": str(_folder(tmp_path / "whole")), "study": None}
    train(uninterrupted)
    assert result_of({"out": str(tmp_path / "resumed")}) == result_of(uninterrupted)
    assert result_of(uninterrupted)["trials"] == 6


def test_a_finished_search_is_not_run_again_and_more_trials_add_to_it(table: Path, tmp_path: Path) -> None:
    spec = make_spec(table, tmp_path / "a", members=[{"name": "xgboost", "trials": 2}], study=str(tmp_path / "study.db"))
    assert count_trials(train(spec)) == 2
    assert count_trials(train({**spec, "out": str(_folder(tmp_path / "b"))})) == 0
    more = [{"name": "xgboost", "trials": 3}]
    assert count_trials(train({**spec, "out": str(_folder(tmp_path / "c")), "members": more})) == 1


def test_a_study_of_other_data_is_not_resumed(table: Path, tmp_path: Path) -> None:
    spec = make_spec(table, tmp_path / "a", members=[{"name": "xgboost", "trials": 2}], study=str(tmp_path / "study.db"))
    train(spec)
    other = write_table(tmp_path / "other.parquet", make_columns(seed=1))
    assert count_trials(train({**spec, "out": str(_folder(tmp_path / "b")), "dataset": str(other)})) == 2


def test_the_first_trial_is_the_careful_one_and_the_best_is_kept(table: Path, tmp_path: Path) -> None:
    spec = make_spec(table, tmp_path / "out", members=[{"name": "xgboost", "trials": 4}])
    lines = [line for line in train(spec) if line["event"] == "trial"]
    careful = {**spec, "out": str(_folder(tmp_path / "careful")), "members": [{"name": "xgboost", "trials": 0}]}
    train(careful)
    assert lines[0]["score"] == result_of(careful)["best_score"]
    assert result_of(spec)["best_score"] == lines[-1]["best"] == min(line["score"] for line in lines if line["state"] == "complete")


@pytest.mark.parametrize("objective", ["log_loss", "roc_auc"])
@pytest.mark.parametrize("stop_split", ["stop", None])
def test_every_member_searches_on_either_split_and_objective(table: Path, tmp_path: Path, stop_split: str | None, objective: str) -> None:
    members = [{"name": name, "trials": 2} for name in ("catboost", "xgboost", "lightgbm", "random_forest")]
    spec = make_spec(table, tmp_path / "out", members=members, stop_split=stop_split, objective=objective, max_trees=40)
    train(spec)
    for member in json.loads((tmp_path / "out/result.json").read_text())["members"]:
        assert 1 <= member["rounds"] <= 40
        low, high = (-1, -0.6) if objective == "roc_auc" else (0.3, 0.6)
        assert low < member["best_score"] < high


def test_hopeless_trials_are_pruned(table: Path, tmp_path: Path) -> None:
    spec = make_spec(table, tmp_path / "out", members=[{"name": "lightgbm", "trials": 14}], stop_split=None, max_trees=60)
    states = [line["state"] for line in train(spec) if line["event"] == "trial"]
    assert "pruned" in states
    assert result_of(spec)["pruned"] == states.count("pruned")


def test_the_budget_grants_each_member_at_least_one_trial(table: Path, tmp_path: Path) -> None:
    members = [{"name": name, "trials": 50} for name in ("xgboost", "lightgbm")]
    lines = train(make_spec(table, tmp_path / "out", members=members, budget_seconds=0.001))
    assert [line["member"] for line in lines if line["event"] == "trial"] == ["xgboost", "lightgbm"]


def test_stdout_is_progress_only_and_refusals_have_their_exit_code(tmp_path: Path) -> None:
    table = write_table(tmp_path / "table.parquet", make_columns(buyers=3))
    process = spawn(make_spec(table, tmp_path / "out"), tmp_path / "spec.json")
    out, _ = process.communicate()
    assert process.returncode == 3
    lines = [json.loads(line) for line in out.splitlines()]
    assert lines[-1]["code"] == "TOO_FEW_POSITIVES"
    assert "22 are missing" in lines[-1]["message"]


def test_a_study_file_that_is_none_is_refused(table: Path, tmp_path: Path) -> None:
    (tmp_path / "study.db").write_text("this is not a database, it is a text that is long enough to be looked at")
    with pytest.raises(TrainerError, match="cannot be opened as an Optuna SQLite study"):
        train(make_spec(table, tmp_path / "out", members=SEARCH, study=str(tmp_path / "study.db")))


def count_trials(lines: list[dict[str, Any]]) -> int:
    return sum(line["event"] == "trial" for line in lines)


def _folder(path: Path) -> Path:
    path.mkdir()
    return path
