"""The spec of a fit of lifetime value (contracts/clv-spec.schema.json), checked field by field."""

from dataclasses import dataclass
from pathlib import Path

from tillcast_trainer.fields import Fields
from tillcast_trainer.spec_file import read_spec_file


@dataclass(frozen=True)
class ClvSpec:
    """Where the table lies and where the result goes."""

    table: Path
    out: Path


def read_clv_spec(path: Path) -> ClvSpec:
    """Reads and checks a spec file."""
    fields = Fields(read_spec_file(path, "clv-spec.schema.json"), "spec")
    fields.const("schema", 1)
    spec = ClvSpec(table=Path(fields.text("table")), out=Path(fields.text("out")))
    fields.integer("threads", minimum=1)
    fields.no_others()
    return spec
