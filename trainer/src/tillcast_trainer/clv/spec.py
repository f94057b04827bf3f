"""The spec of a fit of lifetime value (contracts/clv-spec.schema.json), checked field by field."""

import json
from dataclasses import dataclass
from pathlib import Path

from tillcast_trainer.errors import invalid
from tillcast_trainer.fields import Fields


@dataclass(frozen=True)
class ClvSpec:
    """Where the table lies and where the result goes."""

    table: Path
    out: Path


def read_clv_spec(path: Path) -> ClvSpec:
    """Reads and checks a spec file."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise invalid(f"the spec {path} does not exist; give the path of a JSON file that obeys contracts/clv-spec.schema.json") from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise invalid(f"the spec {path} is not JSON: {error}; write it as UTF-8 JSON") from None
    fields = Fields(content, "spec")
    fields.const("schema", 1)
    spec = ClvSpec(table=Path(fields.text("table")), out=Path(fields.text("out")))
    fields.integer("threads", minimum=1)
    fields.no_others()
    return spec
