"""Writes fixtures/statistics/*.json: what gbstats, SciPy and statsmodels say, for the tests of packages/core/src/experiments/statistics.

Run: npm run oracles statistics
"""

from __future__ import annotations

import json
import math
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from gbstats.bayesian.tests import EffectBayesianABTest, EffectBayesianConfig, GaussianPrior
from gbstats.frequentist.tests import FrequentistConfig, SequentialConfig, SequentialTwoSidedTTest, TwoSidedTTest
from gbstats.models.statistics import (
    ProportionStatistic,
    QuantileClusteredStatistic,
    QuantileStatistic,
    RatioStatistic,
    RegressionAdjustedStatistic,
    SampleMeanStatistic,
)
from gbstats.utils import check_srm
from scipy import special, stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import normal_power_het
from statsmodels.stats.proportion import confint_proportions_2indep, test_proportions_2indep

OUT = Path(__file__).resolve().parents[3] / "fixtures" / "statistics"
SEED = 20240607


def functions() -> dict[str, Any]:
    """Distribution functions of SciPy over the ranges that tests meet."""
    zs = [-9.0, -5.0, -2.5, -1.0, -1e-6, 0.0, 0.3, 1.0, 1.959963984540054, 3.3, 6.0, 10.0, 30.0]
    tails = [1e-300, 1e-20, 1e-9, 1e-4, 0.0005, 0.01, 0.025, 0.2, 0.5, 0.8, 0.999]
    dfs = [1.0, 2.0, 3.7, 10.0, 31.5, 198.0, 5000.5, 48378.3, 1e6]
    ts = [-4.0, -0.5, 0.0, 0.01, 0.7, 1.5, 2.0, 3.5, 7.0, 40.0]
    student_tails = [1e-8, 0.0005, 0.025, 0.1, 0.4]
    chi = [(x, df) for df in (1, 2, 3, 7, 19, 60) for x in (0.0, 0.01, 0.5, 1.0, 3.84, 10.8, 40.0, 150.0)]
    gammas = [1e-3, 0.1, 0.5, 1.0, 2.5, 9.99, 10.0, 33.3, 1e3, 5e5, 1e7]
    betas = [(0.5, 0.5), (0.5, 12.0), (3.0, 4.0), (8.0, 300.0), (20.0, 30.0), (1e3, 2e3)]
    incomplete = [(a, b, x) for a, b in betas for x in (0.001, 0.2, 0.5, 0.7, 0.999)]
    return {
        "normal_upper": [[z, float(stats.norm.sf(z))] for z in zs],
        "upper_quantile": [[p, float(stats.norm.isf(p))] for p in tails],
        "student_upper": [[t, df, float(stats.t.sf(t, df))] for df in dfs for t in ts],
        "student_quantile": [[p, df, float(stats.t.isf(p, df))] for df in dfs for p in student_tails],
        "chi_squared_upper": [[x, df, float(stats.chi2.sf(x, df))] for x, df in chi],
        "log_gamma": [[x, float(special.gammaln(x))] for x in gammas],
        "incomplete_beta": [[a, b, x, float(special.betainc(a, b, x))] for a, b, x in incomplete],
    }


def result(test: Any) -> dict[str, Any]:
    """The parts of a gbstats result that are compared."""
    told = test.compute_result()
    named = {"expected": told.expected, "ci": list(map(float, told.ci)), "error": told.error_message}
    if hasattr(told, "p_value"):
        named["p_value"] = float(told.p_value)
    else:
        named |= {"chance_to_win": float(told.chance_to_win), "risk": told.risk}
    return {key: float(value) if isinstance(value, (np.floating, float)) else value for key, value in named.items()}


def tests_of(make: Any) -> dict[str, Any]:
    """Every test of gbstats on the same pair; `make` gives fresh statistics, for CUPED writes into them."""
    scales = ("absolute", "relative")
    answers: dict[str, Any] = {}
    for scale in scales:
        answers[f"fixed_{scale}"] = result(TwoSidedTTest(*make(), FrequentistConfig(difference_type=scale)))
        answers[f"fixed_{scale}_alpha_01"] = result(TwoSidedTTest(*make(), FrequentistConfig(difference_type=scale, alpha=0.01)))
        for tuning in (500, 5000):
            config = SequentialConfig(difference_type=scale, sequential_tuning_parameter=tuning)
            answers[f"sequential_{scale}_{tuning}"] = result(SequentialTwoSidedTTest(*make(), config))
        answers[f"bayesian_{scale}"] = result(EffectBayesianABTest(*make(), EffectBayesianConfig(difference_type=scale)))
        prior = GaussianPrior(mean=0.01, variance=0.09, proper=True)
        config_prior = EffectBayesianConfig(difference_type=scale, prior_type=scale, prior_effect=prior)
        answers[f"bayesian_{scale}_prior"] = result(EffectBayesianABTest(*make(), config_prior))
    return answers


def sums(values: np.ndarray) -> dict[str, float]:
    """What a warehouse would send of a column."""
    return {"n": int(values.size), "sum": float(values.sum()), "sum_squares": float((values**2).sum())}


def mean_of(values: np.ndarray) -> SampleMeanStatistic:
    """A mean metric."""
    return SampleMeanStatistic(**sums(values))


def share_of(values: np.ndarray) -> ProportionStatistic:
    """A proportion metric."""
    return ProportionStatistic(n=int(values.size), sum=float(values.sum()))


def case(name: str, kind: str, arms: list[dict[str, Any]], make: Any, **more: Any) -> dict[str, Any]:
    """A case: what is given, what gbstats answers."""
    return {"name": name, "kind": kind, "arms": arms, **more, "answers": tests_of(make)}


def plain_cases(rng: np.random.Generator) -> list[dict[str, Any]]:
    """Means and proportions: gbstats' own test inputs first, then drawn ones."""
    cases = []
    shares = {"49 of 100 against 51 of 100": (49, 100, 51, 100), "14 of 28 against 16 of 30": (14, 28, 16, 30)}
    shares |= {"3 %, 24,190 an arm": (726, 24190, 835, 24190), "unequal arms": (55, 2000, 301, 9000), "rare": (7, 5000, 19, 5100)}
    for name, (x, n, y, m) in shares.items():
        arms = [{"n": n, "sum": x}, {"n": m, "sum": y}]
        cases.append(case(name, "proportion", arms, lambda arms=arms: [ProportionStatistic(**arm) for arm in arms]))
    means = {
        "gbstats: 10 units": [(10, 100, 1002.25), (10, 105, 1111.5)],
        "gbstats: 3,407 units": [(3407, 1396.87, 52377.9767), (3461, 2422.7, 134698.29)],
    }
    for name, size in {"normal": (400, 380), "skewed": (3000, 3100), "tiny": (5, 7)}.items():
        drawn = [rng.lognormal(2, 1, n) if name == "skewed" else rng.normal(10 + i, 3 + i, n) for i, n in enumerate(size)]
        means[name] = [tuple(sums(values).values()) for values in drawn]
    for name, given in means.items():
        arms = [{"n": n, "sum": s, "sum_squares": q} for n, s, q in given]
        cases.append(case(name, "mean", arms, lambda arms=arms: [SampleMeanStatistic(**arm) for arm in arms]))
    return cases


def ratio_arms(rng: np.random.Generator, sizes: tuple[int, int]) -> list[dict[str, Any]]:
    """Amounts over counts, correlated."""
    arms = []
    for i, n in enumerate(sizes):
        d = rng.poisson(3, n) + 1.0
        m = d * rng.gamma(2, 5 + i, n)
        arms.append({"n": n, "m": sums(m), "d": sums(d), "products": float((m * d).sum())})
    return arms


def ratio_statistic(arm: dict[str, Any]) -> RatioStatistic:
    """A ratio metric."""
    top, bottom = SampleMeanStatistic(**arm["m"]), SampleMeanStatistic(**arm["d"])
    return RatioStatistic(n=arm["n"], m_statistic=top, d_statistic=bottom, m_d_sum_of_products=arm["products"])


def cuped_statistic(arm: dict[str, Any], kind: str) -> RegressionAdjustedStatistic:
    """A metric adjusted by one covariate."""
    post = ProportionStatistic(n=arm["n"], sum=arm["post"]["sum"]) if kind == "proportion" else SampleMeanStatistic(**arm["post"])
    pre = SampleMeanStatistic(**arm["pre"])
    return RegressionAdjustedStatistic(n=arm["n"], post_statistic=post, pre_statistic=pre, post_pre_sum_of_products=arm["products"], theta=0)


def cuped_arms(rng: np.random.Generator, sizes: tuple[int, int], kind: str) -> list[dict[str, Any]]:
    """Outcomes that past behaviour tells in part."""
    arms = []
    for i, n in enumerate(sizes):
        pre = rng.gamma(2, 3, n)
        post = (
            (rng.random(n) < np.clip(0.02 * pre + 0.01 * i, 0, 1)).astype(float)
            if kind == "proportion"
            else 0.8 * pre + rng.normal(5 + 0.3 * i, 3, n)
        )
        arms.append({"n": n, "post": sums(post), "pre": sums(pre), "products": float((pre * post).sum())})
    return arms


def quantile_cases(rng: np.random.Generator) -> list[dict[str, Any]]:
    """Quantiles of independent values, and of values in clusters."""
    cases = []
    for level, sizes in ((0.5, (700, 650)), (0.9, (1500, 1600)), (0.95, (90, 95))):
        drawn = [rng.lognormal(3 + 0.05 * i, 0.8, n) for i, n in enumerate(sizes)]
        arms = [quantile_arm(values, level) for values in drawn]
        make = lambda arms=arms, level=level: [QuantileStatistic(nu=level, **arm) for arm in arms]  # noqa: E731
        cases.append(case(f"quantile {level}", "quantile", arms, make, level=level))
    for level, sizes in ((0.5, (300, 320)), (0.9, (400, 380))):
        arms = [clustered_arm(rng, n, level, 0.05 * i) for i, n in enumerate(sizes)]
        make = lambda arms=arms, level=level: [QuantileClusteredStatistic(nu=level, **arm) for arm in arms]  # noqa: E731
        cases.append(case(f"clustered quantile {level}", "clustered_quantile", arms, make, level=level))
    return cases


def quantile_arm(values: np.ndarray, level: float) -> dict[str, Any]:
    """The parts of a quantile."""
    n = int(values.size)
    width = stats.norm.ppf(0.975) * math.sqrt(level * (1 - level) / n)
    low, value, high = np.quantile(values, [level - width, level, min(1.0, level + width)])
    return {"n": n, "n_star": n, "quantile_hat": float(value), "quantile_lower": float(low), "quantile_upper": float(high)}


def clustered_arm(rng: np.random.Generator, clusters: int, level: float, shift: float) -> dict[str, Any]:
    """Values of which some share a cluster's level."""
    sizes = rng.poisson(3, clusters) + 1
    values = np.repeat(rng.normal(3 + shift, 0.7, clusters), sizes) + rng.normal(0, 0.5, sizes.sum())
    arm = quantile_arm(values, level)
    below = np.add.reduceat((values <= arm["quantile_hat"]).astype(float), np.r_[0, np.cumsum(sizes)[:-1]])
    return arm | {
        "n_clusters": clusters,
        "main_sum": float(below.sum()),
        "main_sum_squares": float((below**2).sum()),
        "denominator_sum": float(sizes.sum()),
        "denominator_sum_squares": float((sizes**2).sum()),
        "main_denominator_sum_product": float((below * sizes).sum()),
    }


def all_cases(rng: np.random.Generator) -> list[dict[str, Any]]:
    """Every kind of metric under every test."""
    cases = plain_cases(rng)
    for name, sizes in {"ratio": (500, 520), "ratio, few": (12, 15)}.items():
        arms = ratio_arms(rng, sizes)
        cases.append(case(name, "ratio", arms, lambda arms=arms: [ratio_statistic(arm) for arm in arms]))
    for kind, sizes in (("mean", (900, 940)), ("proportion", (4000, 4100))):
        arms = cuped_arms(rng, sizes, kind)
        make = lambda arms=arms, kind=kind: [cuped_statistic(arm, kind) for arm in arms]  # noqa: E731
        cases.append(case(f"CUPED on a {kind}", f"cuped_{kind}", arms, make))
    return cases + quantile_cases(rng)


def splits() -> list[dict[str, Any]]:
    """Sample ratio mismatch."""
    given = [([500, 500], [0.5, 0.5]), ([310, 98], [0.75, 0.25]), ([1000, 1100, 980], [0.33, 0.33, 0.34]), ([500000, 495000], [0.5, 0.5])]
    return [{"counts": counts, "weights": weights, "p_value": float(check_srm(counts, weights))} for counts, weights in given]


def powers() -> list[dict[str, Any]]:
    """The power of unpooled two-sided tests of proportions, by statsmodels."""
    rows = []
    for base, lift, n, ratio in (
        (0.03, 0.15, 24190, 1.0),
        (0.03, 0.05, 24190, 1.0),
        (0.1, -0.1, 5000, 0.5),
        (0.5, 0.02, 40000, 3.0),
        (0.001, 1.0, 30000, 1.0),
    ):
        treated = base * (1 + lift)
        spread = math.sqrt(base * (1 - base) + treated * (1 - treated) / ratio)
        power = normal_power_het(treated - base, n, 0.05, std_null=spread, std_alternative=spread, alternative="two-sided")
        rows.append({"base": base, "lift": lift, "n": n, "ratio": ratio, "power": float(power)})
    return rows


def multiples(rng: np.random.Generator) -> list[dict[str, Any]]:
    """p-values adjusted by statsmodels."""
    families = [[0.01, 0.04, 0.03, 0.005], [0.9, 0.02, 0.02, 0.5, 1.0], [0.049], [*map(float, rng.random(12) ** 2)]]
    return [{"p": p, "holm": list(multipletests(p, method="holm")[1]), "bh": list(multipletests(p, method="fdr_bh")[1])} for p in families]


def walds() -> list[dict[str, Any]]:
    """Unpooled Wald tests and intervals of statsmodels."""
    rows = []
    for x, n, y, m in ((726, 24190, 835, 24190), (49, 100, 51, 100), (55, 2000, 301, 9000)):
        p = test_proportions_2indep(y, m, x, n, method="wald", compare="diff").pvalue
        low, high = confint_proportions_2indep(y, m, x, n, method="wald", compare="diff")
        rows.append({"control": [x, n], "treatment": [y, m], "p_value": float(p), "ci": [float(low), float(high)]})
    return rows


def write(name: str, content: Any) -> None:
    """One file, with the libraries that made it."""
    OUT.mkdir(parents=True, exist_ok=True)
    made_by = {library: version(library) for library in ("gbstats", "scipy", "statsmodels", "numpy")}
    (OUT / f"{name}.json").write_text(json.dumps({"made_by": made_by, "seed": SEED, "cases": content}, indent=1) + "\n")


def main() -> None:
    """Everything."""
    rng = np.random.default_rng(SEED)
    write("functions", functions())
    write("gbstats", all_cases(rng))
    write("splits", splits())
    write("power", powers())
    write("multiple", multiples(rng))
    write("wald", walds())


if __name__ == "__main__":
    main()
