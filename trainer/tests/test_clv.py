"""BG/NBD and gamma-gamma against lifetimes' figures for CDNOW (fixtures/clv, made by trainer/oracles/clv)."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tillcast_trainer.clv.fit import fit
from tillcast_trainer.clv.models import bg_nbd_log_likelihood, fit_bg_nbd, fit_gamma_gamma, gamma_gamma_log_likelihood
from tillcast_trainer.errors import TrainerError

CDNOW = json.loads((Path(__file__).parents[2] / "fixtures" / "clv" / "cdnow.json").read_text(encoding="utf-8"))
X, LAST, AGE, MEAN = np.array(CDNOW["customers"]).T
ONES = np.ones(len(X))


def test_bg_nbd_is_that_of_the_library_and_of_the_paper() -> None:
    ours = fit_bg_nbd(X, LAST, AGE, ONES)
    theirs = CDNOW["bg_nbd"]
    # Never less likely than theirs, and the same parameters: the paper gives .243, 4.414, .793, 2.426.
    assert bg_nbd_log_likelihood(**ours, x=X, last=LAST, age=AGE).sum() >= bg_nbd_log_likelihood(**theirs, x=X, last=LAST, age=AGE).sum() - 1e-6
    for name, paper in {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}.items():
        assert ours[name] == pytest.approx(paper, abs=6e-4)
        assert ours[name] == pytest.approx(theirs[name], rel=1e-3)


def test_gamma_gamma_is_that_of_the_library() -> None:
    valued = X > 0
    ours = fit_gamma_gamma(X[valued], MEAN[valued], ONES[valued])
    theirs = CDNOW["gamma_gamma"]
    likelihood = [gamma_gamma_log_likelihood(m["p"], m["q"], m["v"], X[valued], MEAN[valued]).sum() for m in (ours, theirs)]
    assert likelihood[0] >= likelihood[1] - 1e-6
    for name, value in theirs.items():
        assert ours[name] == pytest.approx(value, rel=2e-3)


def test_the_unit_of_time_changes_alpha_alone() -> None:
    weeks, days = fit_bg_nbd(X, LAST, AGE, ONES), fit_bg_nbd(X, LAST * 7, AGE * 7, ONES)
    assert days["alpha"] == pytest.approx(weeks["alpha"] * 7, rel=1e-3)
    assert days["r"] == pytest.approx(weeks["r"], rel=1e-3)


def _table(tmp_path: Path, **over: object) -> Path:
    columns = {"repeats": X, "last_day": LAST, "age": AGE, "mean_value": MEAN} | over
    path = tmp_path / "buyers.parquet"
    pq.write_table(pa.table({name: column for name, column in columns.items() if column is not None}), path)
    return path


def test_a_table_becomes_parameters(tmp_path: Path) -> None:
    result = fit(_table(tmp_path))
    assert result["buyers"] == len(X)
    assert result["repeaters"] == int((X > 0).sum())
    assert result["bg_nbd"]["r"] == pytest.approx(0.243, abs=6e-4)
    assert -1 < result["correlation"] < 1


@pytest.mark.parametrize(
    ("over", "says"),
    [
        ({"age": None}, "has no column age"),
        ({"mean_value": np.where(X == 0, np.nan, MEAN)}, "mean_value must be finite"),
        ({"last_day": AGE + 1}, "last_day must be at most age"),
    ],
)
def test_a_table_that_is_wrong_is_refused_by_name(tmp_path: Path, over: dict[str, object], says: str) -> None:
    with pytest.raises(TrainerError, match=says):
        fit(_table(tmp_path, **over))


def test_too_few_repeaters_are_refused_with_the_number(tmp_path: Path) -> None:
    few = np.where(np.cumsum(X > 0) <= 49, X, 0)
    with pytest.raises(TrainerError, match="49 buyers ordered on a second day") as raised:
        fit(_table(tmp_path, repeats=few, last_day=np.where(few > 0, LAST, 0)))
    assert raised.value.exit_code == 3


def test_without_values_there_is_no_value_model(tmp_path: Path) -> None:
    assert fit(_table(tmp_path, mean_value=np.zeros(len(X))))["gamma_gamma"] is None
