"""The latency budget: sizes of one fit, the constraint of the search, the bound of the written model."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier

from conftest import FAST, Finished, make_spec, train
from tillcast_trainer.cancel import Cancel
from tillcast_trainer.cost import COEFFICIENTS, MILLI
from tillcast_trainer.errors import TrainerError
from tillcast_trainer.forest_cut import CutForest
from tillcast_trainer.forest_export import export_forest
from tillcast_trainer.members.catalogue import learner_for
from tillcast_trainer.members.learner import Fitted, Size
from tillcast_trainer.sizes import FEWEST_TREES, affordable, offers, trees_within
from tillcast_trainer.spec import MEMBER_NAMES, MemberName, MemberSpec, parse_spec
from tillcast_trainer.table import read_table
from tillcast_trainer.workbench import Workbench

CALL = (COEFFICIENTS["scoreModel"] + COEFFICIENTS["explainModel"]) / MILLI
"""What asking a model costs before its first tree."""


def fit(table: Path, tmp_path: Path, name: MemberName, rounds: int, **params: int) -> tuple[Workbench, Fitted]:
    spec = parse_spec(make_spec(table, tmp_path / "out"))
    bench = Workbench(spec, read_table(spec), Cancel())
    learner = learner_for(MemberSpec(name, 0, None, None))
    return bench, bench.fit(learner, bench.table.fit, {**learner.careful(bench.shape), **FAST[name], **params}, rounds)


def results_of(spec: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {member["name"]: member for member in json.loads((Path(spec["out"]) / "result.json").read_text())["members"]}


@pytest.mark.parametrize("name", MEMBER_NAMES)
def test_the_first_trees_of_a_fit_are_the_fit_of_fewer_rounds(table: Path, tmp_path: Path, name: MemberName) -> None:
    bench, whole = fit(table, tmp_path, name, 24, **({"max_leaf_nodes": 40} if name == "random_forest" else {}))
    _, short = fit(table, tmp_path, name, 10, **({"max_leaf_nodes": 40} if name == "random_forest" else {}))
    x = bench.table.fit.x
    bound = whole.leaf_bounds[-1]
    first, all_of_it = whole.raw_at(x, [Size(10, bound), Size(24, bound)])
    np.testing.assert_allclose(first, short.raw(x), rtol=0, atol=1e-12)
    np.testing.assert_allclose(all_of_it, whole.raw(x), rtol=0, atol=1e-12)
    assert whole.units(bound)[9] == short.units(short.leaf_bounds[-1])[-1]
    assert np.abs(first - all_of_it).max() > 1e-3


@pytest.mark.parametrize("leaves", [2, 7, 16])
def test_a_cut_forest_is_the_forest_that_was_grown_to_fewer_leaves(table: Path, tmp_path: Path, leaves: int) -> None:
    spec = parse_spec(make_spec(table, tmp_path / "out"))
    rows = read_table(spec).fit
    grown = {
        bound: RandomForestClassifier(12, max_leaf_nodes=bound, min_samples_leaf=5, random_state=3).fit(rows.x, rows.y) for bound in (60, leaves)
    }
    cut = CutForest(export_forest(grown[60], spec.features), 60)
    ends = cut.stop(leaves)[grown[60].apply(rows.x) + cut.trees.roots]
    np.testing.assert_allclose(cut.value[ends].mean(axis=1), grown[leaves].predict_proba(rows.x)[:, 1], rtol=0, atol=1e-12)
    assert (cut.is_open(leaves) & (cut.trees.left != -1)).sum() == sum(tree.tree_.n_leaves - 1 for tree in grown[leaves].estimators_)


@pytest.mark.parametrize("name", MEMBER_NAMES)
def test_what_is_affordable_costs_no_more_and_one_tree_more_would(table: Path, tmp_path: Path, name: MemberName) -> None:
    _, whole = fit(table, tmp_path, name, 30)
    for bound in whole.leaf_bounds:
        units = whole.units(bound)
        assert np.all(np.diff(units) > 0)
        assert trees_within(whole, bound, float(units[11])) == 12
        assert trees_within(whole, bound, float(units[11]) - 0.001) == 11
    budget = float(whole.units(whole.leaf_bounds[0])[FEWEST_TREES - 1])
    assert affordable(whole, budget)[0] == Size(FEWEST_TREES, whole.leaf_bounds[0])
    assert affordable(whole, budget - 0.001) == ()
    assert offers(whole)[-1].size == Size(30, whole.leaf_bounds[-1])


def test_a_trial_is_ranked_by_what_it_affords(table: Path, tmp_path: Path) -> None:
    members = [{"name": "lightgbm", "trials": 3}]
    loose = make_spec(table, tmp_path / "loose", members=members, max_trees=60)
    tight = {**make_spec(table, tmp_path / "tight", members=members, max_trees=60), "latency_budget_units": 1_500}
    roomy = {**make_spec(table, tmp_path / "roomy", members=members, max_trees=60), "latency_budget_units": 1e9}
    for spec in (loose, tight, roomy):
        train(spec)
    unbounded = results_of(loose)["lightgbm"]
    assert results_of(roomy)["lightgbm"]["best_score"] == pytest.approx(unbounded["best_score"], abs=1e-12)
    bounded = results_of(tight)["lightgbm"]
    assert bounded["best_score"] > unbounded["best_score"]
    assert bounded["units"] > 1_500, "the member is offered whole as well, for the front"
    assert min(size["units"] for size in bounded["sizes"]) < 1_500


@pytest.mark.parametrize("stop_split", ["stop", None])
def test_trials_over_the_budget_are_pruned_with_the_reason(table: Path, tmp_path: Path, stop_split: str | None) -> None:
    members = [{"name": "xgboost", "trials": 8}]
    spec = make_spec(table, tmp_path / "out", members=members, max_trees=40, stop_split=stop_split, latency_budget_units=CALL + 620)
    lines = [line for line in train(spec) if line["event"] == "trial"]
    over = [line for line in lines if line["reason"] == "over the latency budget"]
    result = results_of(spec)["xgboost"]
    assert 0 < len(over) < len(lines)
    assert all(line["state"] == "pruned" and line["score"] is None for line in over)
    assert result["over_budget"] == len(over) <= result["pruned"]


def test_a_budget_that_nothing_fits_is_refused_with_the_remedy(table: Path, tmp_path: Path) -> None:
    spec = make_spec(table, tmp_path / "out", members=[{"name": "xgboost", "trials": 2}], max_trees=20, latency_budget_units=3)
    with pytest.raises(TrainerError, match="latency_budget_units is 3, and 2 of 2 trials cost more; give a looser budget, or null"):
        train(spec)
    assert list(Path(spec["out"]).iterdir()) == []


def test_other_budgets_do_not_resume_each_others_trials(table: Path, tmp_path: Path) -> None:
    members = [{"name": "xgboost", "trials": 1}]
    spec = make_spec(table, tmp_path / "a", members=members, max_trees=15, study=str(tmp_path / "study.db"))
    train(spec)
    again = train({**make_spec(table, tmp_path / "b"), **spec, "out": str(tmp_path / "b"), "latency_budget_units": 50_000})
    assert sum(line["event"] == "trial" for line in again) == 1


@pytest.mark.parametrize("name", MEMBER_NAMES)
def test_a_written_model_keeps_to_its_units(table: Path, tmp_path: Path, name: MemberName) -> None:
    free = make_spec(table, tmp_path / "free", members=[{"name": name, "trials": 0, "params": FAST[name], "rounds": 20}])
    train(free)
    whole = results_of(free)[name]
    bound = CALL + (whole["units"] - CALL) * 0.6
    held = make_spec(table, tmp_path / "held", members=[{**free["members"][0], "max_units": bound}])
    train(held)
    kept = results_of(held)[name]
    assert kept["units"] <= bound < whole["units"]
    assert 0.3 * whole["rounds"] < kept["rounds"] < whole["rounds"]
    none = make_spec(table, tmp_path / "none", members=[{**free["members"][0], "max_units": 0.5}])
    with pytest.raises(TrainerError, match="less than its first tree costs"):
        train(none)


def test_every_member_says_what_it_costs_and_in_which_sizes_it_comes(finished: Finished) -> None:
    for member in finished.result["members"]:
        whole = member["sizes"][-1]
        assert whole["trees"] == member["rounds"]
        assert whole["units"] == member["units"] == max(size["units"] for size in member["sizes"])
        assert len({(size["trees"], size["leaves"]) for size in member["sizes"]}) == len(member["sizes"])


@pytest.mark.parametrize(("change", "says"), [({"latency_budget_units": 0}, "latency_budget_units is 0; it must be a number above 0")])
def test_a_senseless_budget_is_named(table: Path, tmp_path: Path, change: dict[str, Any], says: str) -> None:
    with pytest.raises(TrainerError, match=says):
        parse_spec(make_spec(table, tmp_path / "out", **change))
