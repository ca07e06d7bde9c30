"""The job reference and the schema file in the repository are what this version makes."""

from __future__ import annotations

import re
from pathlib import Path

from pydantic import BaseModel

from pipeline.catalog.load import load_catalog
from pipeline.spec import shape
from pipeline.spec.reference import reference
from pipeline.spec.schema import job_schema, schema_text

ROOT = Path(__file__).resolve().parents[2]


def test_the_files_are_up_to_date() -> None:
    schema = job_schema(load_catalog())
    assert (ROOT / "fluxsweep.schema.json").read_text() == schema_text(schema), "run `make docs`"
    assert (ROOT / "docs/job.md").read_text() == reference(schema), "run `make docs`"


def test_every_key_and_every_parameter_has_a_row() -> None:
    page = (ROOT / "docs/job.md").read_text()
    rows = set(re.findall(r"^\| `([^`]+)` \|", page, re.MULTILINE))
    shapes = [one for one in vars(shape).values() if isinstance(one, type) and issubclass(one, BaseModel)]
    hidden = {("RawMatrix", "when"), ("RawPrice", "picture")}
    keys = {
        field.alias or name
        for one in shapes
        for name, field in one.model_fields.items()
        if (one.__name__, name) not in hidden
    }
    assert len(keys) > 50
    assert keys <= rows
    assert {name for model in load_catalog().models.values() for name in model.params} - {"prompt", "seed"} <= rows


def test_no_row_lacks_its_line() -> None:
    page = (ROOT / "docs/job.md").read_text()
    assert re.findall(r"^\|.*\|\s*\|$", page.replace("| | |\n|---", "|---").replace("| |\n|---", "|---"), re.M) == []
