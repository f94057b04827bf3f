"""The published assignment vectors hold for a second, independent implementation (docs/adr/0019-assignment.md)."""

import json
from pathlib import Path
from typing import Any

VECTORS = json.loads((Path(__file__).parents[2] / "fixtures" / "assignments.json").read_text(encoding="utf-8"))
U32 = 0xFFFFFFFF


def rotl(x: int, r: int) -> int:
    return ((x << r) | (x >> (32 - r))) & U32


def mix(k: int) -> int:
    return rotl(k * 0xCC9E2D51 & U32, 15) * 0x1B873593 & U32


def murmur3(data: bytes, h: int = 0) -> int:
    tail = len(data) & ~3
    for i in range(0, tail, 4):
        h = (rotl(h ^ mix(int.from_bytes(data[i : i + 4], "little")), 13) * 5 + 0xE6546B64) & U32
    h ^= mix(int.from_bytes(data[tail:], "little")) ^ len(data)
    h = (h ^ h >> 16) * 0x85EBCA6B & U32
    h = (h ^ h >> 13) * 0xC2B2AE35 & U32
    return h ^ h >> 16


def position(purpose: str, salt: str, unit: str) -> float:
    return murmur3(f"{purpose}\n{salt}\n{unit}".encode()) / 2**32


def assign(e: dict[str, Any], unit: str) -> tuple[str | None, str | None]:
    if not all(s["from"] <= position("layer", s["layer"], unit) < s["to"] for s in e["layers"]):
        return None, "other_layer"
    if e["exposure_share"] < 1 and position("exposure", e["salt"], unit) >= e["exposure_share"]:
        return None, "outside_exposure"
    if e["holdout"] and position("holdout", e["holdout"]["name"], unit) < e["holdout"]["share"]:
        return None, "held_out"
    at, mark = position("variant", e["salt"], unit), 0.0
    for variant, weight in zip(e["variants"], e["weights"], strict=True):
        mark += weight
        if at < mark:
            return variant, None
    return [v for v, w in zip(e["variants"], e["weights"], strict=True) if w > 0][-1], None


def test_positions_are_those_published() -> None:
    assert len(VECTORS["positions"]) > 100
    for v in VECTORS["positions"]:
        assert position(v["purpose"], v["salt"], v["unit"]) == v["position"], v


def test_units_fall_where_it_was_published() -> None:
    seen = {reason for e in VECTORS["experiments"] for unit, variant, reason in e["assignments"]}
    assert seen == {None, "held_out", "other_layer", "outside_exposure"}
    for e in VECTORS["experiments"]:
        for unit, variant, reason in e["assignments"]:
            assert assign(e, unit) == (variant, reason), (e["name"], unit)


def test_another_salt_would_be_noticed() -> None:
    e = VECTORS["experiments"][0]
    assert any(assign(e | {"salt": "other"}, unit)[0] != variant for unit, variant, _ in e["assignments"])
