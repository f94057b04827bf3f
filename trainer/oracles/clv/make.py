"""Writes fixtures/clv/cdnow.json: what lifetimes says of the CDNOW sample, for the tests of the trainer and of packages/core.

Run: node trainer/oracles/run.mjs clv
"""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

from lifetimes import BetaGeoFitter, GammaGammaFitter
from lifetimes.datasets import load_cdnow_summary_data_with_monetary_value

OUT = Path(__file__).resolve().parents[3] / "fixtures" / "clv"
SAMPLED = 40


def main() -> None:
    """Fits both models to the sample, in weeks as the paper does, and predicts for some of its customers."""
    data = load_cdnow_summary_data_with_monetary_value()
    orders = BetaGeoFitter()
    orders.fit(data["frequency"], data["recency"], data["T"])
    repeated = data[data["frequency"] > 0]
    value = GammaGammaFitter()
    value.fit(repeated["frequency"], repeated["monetary_value"])
    some = data.iloc[:: len(data) // SAMPLED]
    predictions: list[dict[str, Any]] = []
    for (_, row), alive in zip(some.iterrows(), orders.conditional_probability_alive(some["frequency"], some["recency"], some["T"]), strict=True):
        x, last, age, mean = float(row["frequency"]), float(row["recency"]), float(row["T"]), float(row["monetary_value"])
        predictions.append(
            {
                "purchases": [x, last, age, mean],
                "alive": float(alive),
                "orders": {str(t): float(orders.conditional_expected_number_of_purchases_up_to_time(t, x, last, age)) for t in (1, 10, 39, 104)},
                "value": float(value.conditional_expected_average_profit(x, mean)),
            }
        )
    OUT.mkdir(parents=True, exist_ok=True)
    content = {
        "made_by": f"lifetimes {version('lifetimes')}, its CDNOW sample (Fader, Hardie & Lee 2005), weeks",
        "customers": [[float(number) for number in row] for row in data[["frequency", "recency", "T", "monetary_value"]].to_numpy()],
        "bg_nbd": {name: float(number) for name, number in orders.params_.items()},
        "gamma_gamma": {name: float(number) for name, number in value.params_.items()},
        "predictions": predictions,
    }
    (OUT / "cdnow.json").write_text(json.dumps(content, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
