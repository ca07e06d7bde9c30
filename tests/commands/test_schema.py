"""The schema as people get it: printed, written by `init`, and named by every job."""

from __future__ import annotations

import json
from pathlib import Path

from jsonschema import Draft202012Validator

from pipeline.source.reader import read_yaml
from tests.commands.bench import Bench

ROOT = Path(__file__).resolve().parents[2]


def named_by(job: Path) -> Path:
    """The schema that the first line of a job names."""
    mark, _, target = job.read_text().splitlines()[0].partition("$schema=")
    assert mark == "# yaml-language-server: "
    return job.parent / target


def test_what_is_printed_is_a_schema_for_a_file(bench: Bench) -> None:
    ended = bench.call("schema")
    assert (ended.code, ended.err) == (0, "")
    Draft202012Validator.check_schema(ended.json)
    assert bench.call("schema", "--markdown").out.startswith("# The job file\n")


def test_the_files_of_the_catalog_have_schemas_too(bench: Bench) -> None:
    catalog = ROOT / "pipeline/catalog"
    providers = [read_yaml(file.read_bytes(), file.name).value for file in catalog.glob("providers/*.yaml")]
    families = [read_yaml(file.read_bytes(), file.name).value for file in catalog.glob("models/*.yaml")]
    models = [model for family in families for model in family.values()]
    for kind, described in (("provider", providers), ("model", models)):
        schema = Draft202012Validator(bench.call("schema", "--for", kind).json)
        assert len(described) > 3
        for one in described:
            assert list(schema.iter_errors(one)) == []
            assert not schema.is_valid(one | {"parms": {}})
    assert bench.call("schema", "--for", "model", "--markdown").code == 2


def test_every_job_that_ships_names_the_schema_of_this_version(bench: Bench) -> None:
    printed = bench.call("schema").out
    jobs = sorted((ROOT / "jobs").glob("*.yaml"))
    assert len(jobs) >= 3
    for job in jobs:
        assert named_by(job).read_text() == printed


def test_a_first_job_has_its_schema_beside_it(bench: Bench) -> None:
    assert bench.call("init", "mine").code == 0
    job = bench.root / "mine/jobs/first.yaml"
    assert named_by(job).read_text() == bench.call("schema").out
    assert json.loads(named_by(job).read_text())["title"] == "A fluxsweep job"
    assert bench.call("plan", job).code == 0
