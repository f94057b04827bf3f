"""How large the work is; bench/trees/settings.ts says the same in TypeScript and sends it."""

import json
import re
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """Rows a call, samples of LIME, threads a library may use, and where the models are."""

    models: Path
    threads: int
    batch_rows: int
    micro_batch_rows: int
    many_rows: int
    lime_samples: int
    score_answers: int
    shap_answers: int
    lime_answers: int
    try_ms: float


def read_settings(text: str) -> Settings:
    """From JSON, whose names are spelt as TypeScript does."""
    given = {re.sub("[A-Z]", lambda capital: f"_{capital[0].lower()}", name): value for name, value in json.loads(text).items()}
    return Settings(**{**given, "models": Path(given["models"])})
