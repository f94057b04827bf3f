"""The four learners: early stopping, frozen rounds, determinism, monotone directions."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from conftest import FAST, FEATURES, Finished, make_spec, train
from tillcast_trainer.cancel import Cancel
from tillcast_trainer.members.catalogue import learner_for
from tillcast_trainer.members.learner import Fitted, Learner
from tillcast_trainer.spec import MEMBER_NAMES, MemberName, MemberSpec, parse_spec
from tillcast_trainer.table import read_table
from tillcast_trainer.workbench import Workbench


def bench_for(table: Path, tmp_path: Path, name: MemberName) -> tuple[Workbench, Learner]:
    spec = parse_spec(make_spec(table, tmp_path / "out", monotone={"carts": 1}))
    return Workbench(spec, read_table(spec), Cancel()), learner_for(MemberSpec(name, 0, None, None))


def early_stopped(bench: Workbench, learner: Learner) -> Fitted:
    params = {**learner.careful(bench.shape), **FAST[learner.name], "learning_rate": 0.3}
    if learner.name == "random_forest":
        del params["learning_rate"]
    return bench.fit(learner, bench.table.fit, params, 150, watched=bench.table.stop)


@pytest.mark.parametrize("name", MEMBER_NAMES)
def test_a_fit_frozen_at_the_best_round_is_what_the_early_stopped_one_predicts(table: Path, tmp_path: Path, name: MemberName) -> None:
    bench, learner = bench_for(table, tmp_path, name)
    stopped = early_stopped(bench, learner)
    params = {**learner.careful(bench.shape), **FAST[name]} | ({} if name == "random_forest" else {"learning_rate": 0.3})
    if name == "random_forest":
        assert stopped.rounds == 150
    else:
        assert stopped.rounds < 110, "the test means nothing unless the fit stopped early"
    frozen = bench.fit(learner, bench.table.fit, params, stopped.rounds)
    x = bench.table.fit.x
    assert frozen.rounds == stopped.rounds
    np.testing.assert_array_equal(frozen.raw(x), stopped.raw(x))
    one_more = bench.fit(learner, bench.table.fit, params, stopped.rounds + 1)
    assert np.abs(one_more.raw(x) - stopped.raw(x)).max() > 0


@pytest.mark.parametrize("name", MEMBER_NAMES)
def test_an_early_stopped_model_is_trimmed_in_its_file(table: Path, tmp_path: Path, name: MemberName) -> None:
    bench, learner = bench_for(table, tmp_path, name)
    stopped = early_stopped(bench, learner)
    (tmp_path / "members").mkdir()
    stopped.save(tmp_path / learner.file)
    x = bench.table.fit.x
    # CatBoost's reader of its own JSON is an ulp off; golden rows speak of the file, so they are not.
    tolerance = 1e-14 if name == "catboost" else 0
    np.testing.assert_allclose(stopped.reopen(tmp_path / learner.file).raw(x), stopped.raw(x), rtol=0, atol=tolerance)


@pytest.mark.parametrize("name", ["catboost", "xgboost", "lightgbm"])
def test_boosted_members_keep_a_monotone_direction(table: Path, tmp_path: Path, name: MemberName) -> None:
    bench, learner = bench_for(table, tmp_path, name)
    fitted = bench.fit(learner, bench.table.fit, {**learner.careful(bench.shape), **FAST[name]}, 60)
    rows = np.repeat(bench.table.fit.x[:40], 50, axis=0)
    rows[:, FEATURES.index("carts")] = np.tile(np.linspace(-3, 3, 50, dtype=np.float32), 40)
    steps = np.diff(fitted.raw(rows).reshape(40, 50), axis=1)
    assert steps.min() >= -1e-6
    rows[:, FEATURES.index("views")] = rows[:, FEATURES.index("carts")]
    assert steps.max() > 0


def test_same_data_spec_and_seed_give_the_same_files(finished: Finished, tmp_path: Path) -> None:
    train({**finished.spec, "out": str(_folder(tmp_path / "again"))})
    assert _hashes(tmp_path / "again") == _hashes(finished.out)
    train({**finished.spec, "out": str(_folder(tmp_path / "other")), "seed": 12})
    other = _hashes(tmp_path / "other")
    assert all(other[name] != value for name, value in _hashes(finished.out).items())


def test_frozen_rounds_are_kept_to_the_tree(table: Path, tmp_path: Path) -> None:
    members = [{"name": name, "trials": 0, "params": FAST[name], "rounds": 17} for name in MEMBER_NAMES]
    train(make_spec(table, tmp_path / "out", members=members, stop_split=None))
    result = json.loads((tmp_path / "out/result.json").read_text())
    assert [member["rounds"] for member in result["members"]] == [17] * 4
    assert len(json.loads((tmp_path / "out/members/catboost.json").read_text())["oblivious_trees"]) == 17
    xgboost = json.loads((tmp_path / "out/members/xgboost.json").read_text())
    assert len(xgboost["learner"]["gradient_booster"]["model"]["trees"]) == 17
    assert (tmp_path / "out/members/lightgbm.txt").read_text().count("\nTree=") == 17
    assert len(json.loads((tmp_path / "out/members/random_forest.json").read_text())["trees"]) == 17


def test_max_trees_bounds_every_member(table: Path, tmp_path: Path) -> None:
    members = [{"name": name, "trials": 1} for name in MEMBER_NAMES]
    train(make_spec(table, tmp_path / "out", members=members, max_trees=9))
    result = json.loads((tmp_path / "out/result.json").read_text())
    assert all(member["rounds"] <= 9 for member in result["members"])


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


def _hashes(out: Path) -> dict[str, str]:
    files = [*sorted((out / "members").iterdir()), out / "golden.jsonl", out / "oof.parquet"]
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
