"""Spec files as they lie on disk."""

import json
from pathlib import Path
from typing import Any

from tillcast_trainer.errors import invalid


def read_spec_file(path: Path, contract: str) -> Any:
    """Parses a spec file; `contract` is the schema it is to obey, named where there is no file to read."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise invalid(f"the spec {path} does not exist; give the path of a JSON file that obeys contracts/{contract}") from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise invalid(f"the spec {path} is not JSON: {error}; write it as UTF-8 JSON") from None
