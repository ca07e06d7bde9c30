"""The schema of job files takes what the reader takes, and refuses, as far as a schema can see, what it refuses."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from pipeline.catalog.load import load_catalog
from pipeline.catalog.words import parameter_words
from pipeline.errors import JobError
from pipeline.source.reader import parse_yaml
from pipeline.spec.bases import OF_A_JOB
from pipeline.spec.keys import REQUIRED
from pipeline.spec.schema import job_schema
from pipeline.sweep.expand import expand
from tests.spec.conftest import TEAPOT
from tests.spec.mutants import mutant, verdict
from tests.spec.rich import put_files
from tests.spec.test_bad_jobs import CASES, GOOD
from tests.spec.test_mutations import trees
from tests.spec.test_refusals import CHANGES

if TYPE_CHECKING:
    from tests.spec.conftest import Bench

ROOT = Path(__file__).resolve().parents[2]
# Mistakes that lie in a key or a value by itself, in the reader's words; whatever hangs on other places, or on files,
# no schema can see.
VISIBLE = re.compile(
    r"unknown key|belongs (under|at|to)|got (the (text|number)|true|false|nothing|a (list|mapping)|neither|an empty)"
    r"|`\w+` is no provider; did|is missing; begin|no `\w+` axis|takes no"
)
HIDDEN = re.compile(r"matrix\.size|number 1\.5|`first`|number 0\.12345678|user:pw")


@cache
def schema() -> dict[str, Any]:
    return job_schema(load_catalog())


def as_an_editor(text: str) -> Any:
    """The tree of a YAML 1.2 parser with the core schema and JavaScript's numbers."""

    def built(node: Any) -> Any:
        if isinstance(node, yaml.MappingNode):
            return {key.value: built(value) for key, value in node.value}
        if isinstance(node, yaml.SequenceNode):
            return [built(entry) for entry in node.value]
        plain, word = node.style is None, node.value
        if plain and re.fullmatch(r"|~|null|Null|NULL", word):
            return None
        if plain and word in ("true", "True", "TRUE", "false", "False", "FALSE"):
            return word.lower() == "true"
        if plain and re.fullmatch(r"[-+]?[0-9]+|[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", word):
            return int(double) if (double := float(word)).is_integer() else double
        return word

    return built(yaml.compose(text, Loader=yaml.BaseLoader))


def complaints(tree: Any) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in Draft202012Validator(schema()).iter_errors(tree)]


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(schema())
    assert schema()["$schema"] == Draft202012Validator.META_SCHEMA["$id"]


def test_every_reference_leads_somewhere_and_every_definition_is_used() -> None:
    names = set(re.findall(r'"#/\$defs/([^"]+)"', json.dumps(schema())))
    assert names == set(schema()["$defs"])


def test_every_key_is_described() -> None:
    for name, part in {"job": schema(), **schema()["$defs"]}.items():
        for key, value in part.get("properties", {}).items() if "title" not in part or name == "job" else ():
            there = value is False or "description" in value or "$ref" in value
            assert there, f"{name}.{key} has no docstring"


def test_every_parameter_has_words() -> None:
    used = {name for model in load_catalog().models.values() for name in model.params}
    assert used == set(parameter_words())


@pytest.mark.parametrize(
    "job", [*(ROOT / "jobs").glob("*.yaml"), ROOT / "pipeline/commands/first/jobs/first.yaml"], ids=lambda job: job.stem
)
def test_it_takes_every_shipped_job_as_an_editor_reads_it(job: Path) -> None:
    assert complaints(as_an_editor(job.read_text())) == []


ODD = """\
version: 1
name: odd
provider: cometapi
vars: {answer: no, when: 2026-01-01, big: 1e3}
prompts: {a: "{{ answer }} {{ when }} {{ big }} {{ time }}"}
sizes: {wide: 16:9, huge: 21:9@2MP}
matrix:
  model: flux-2-flex
  size: [4:3, wide, huge, 1024x1024]
  seed: [1..3, 9007199254740993]
  guidance: [1.5..3 step 0.5, 4, null]
  steps: 20
  time: [12:30, 0o14, on, 1_x]
params: {safety_tolerance: 2.0}
budget: {usd: "5.00"}
run: {give_up: 90, poll: {min: 0.5s}}
"""


def test_it_takes_scalars_that_other_readers_turn_into_something_else(bench: Bench) -> None:
    bench.spec(ODD)
    assert complaints(as_an_editor(ODD)) == []


@pytest.mark.parametrize("name", GOOD)
def test_it_takes_every_form_of_the_language(name: str) -> None:
    assert complaints(as_an_editor(GOOD[name])) == []


BAD = [(TEAPOT, *change) for change in CHANGES] + [(GOOD[name], old, new, said) for name, old, new, said in CASES]


@pytest.mark.parametrize(("good", "old", "new", "said"), BAD, ids=range(len(BAD)))
def test_it_refuses_what_a_schema_can_see(good: str, old: str, new: str, said: str) -> None:
    text = good.replace(old, new, 1)
    try:
        document = parse_yaml(text, "job.yaml")
    except JobError:
        return
    if not document.problems and VISIBLE.search(said) and not HIDDEN.search(said):
        assert complaints(as_an_editor(text))


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"bugdet": {}}, "$"),
        ({"version": 2}, "$.version"),
        ({"name": "Teapot AB"}, "$.name"),
        ({"upsampling": "yes"}, "$.upsampling"),
        ({"vars": {"steps": 3}}, "$.vars"),
        ({"sizes": {"square": "1024"}}, "$.sizes.square"),
        ({"sizes": {"2:1": "2:1"}}, "$.sizes"),
        ({"params": {"steps": "many"}}, "$.params.steps"),
        ({"params": {"steps": 51}}, "$.params.steps"),
        ({"params": {"output_format": "gif"}}, "$.params.output_format"),
        ({"params": {"colour": "red"}}, "$.params"),
        ({"matrix": {"model": "flux-3"}}, "$.matrix.model"),
        ({"matrix": {"model": "flux-dev", "seed": -1}}, "$.matrix.seed"),
        ({"matrix": {"model": "flux-dev", "seed": [1, 1]}}, "$.matrix.seed"),
        ({"matrix": {"model": "flux-dev", "seed": []}}, "$.matrix.seed"),
        ({"matrix": {"model": "flux-dev", "steps": {"random": 2}}}, "$.matrix.steps"),
        ({"matrix": {"model": {"values": ["flux-dev"], "when": {"seed": 1}}}}, "$.matrix.model"),
        ({"matrix": {"model": "flux-dev", "scene": [{"surface": None}]}}, "$.matrix.scene"),
        ({"matrix": {"model": "flux-dev", "exclude": [{"model": "flux-3"}]}}, "$.matrix.exclude[0].model"),
        ({"matrix": {"model": "flux-dev", "when": {}}}, "$.matrix"),
        ({"overrides": [{"set": {"steps": 3}}]}, "$.overrides[0]"),
        ({"budget": {"usd": -1}}, "$.budget.usd"),
        ({"run": {"give_up": "5 days"}}, "$.run.give_up"),
        ({"prices": {"flux-3": 1}}, "$.prices"),
        ({"prompts": {"a": {}}}, "$.prompts.a"),
    ],
)
def test_it_says_where(change: dict[str, Any], place: str) -> None:
    job = {
        "version": 1,
        "name": "a",
        "provider": "emulator",
        "prompts": {"a": "a cat"},
        "matrix": {"model": "flux-dev"},
    }
    assert complaints(job) == []
    assert [said.partition(": ")[0] for said in complaints(job | change)] == [place]


def test_a_job_may_lack_what_it_extends() -> None:
    assert [said.split("'")[1] for said in complaints({})] == [key for key in REQUIRED if key in OF_A_JOB]
    assert complaints({"extends": "base.yaml", "prompts": {"lit": {"raw": True}}}) == []


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_what_the_reader_takes_it_takes(bench: Bench, teapot: str, data: st.DataObject) -> None:
    text = json.dumps(data.draw(trees(teapot)), indent=1)
    try:
        loaded = bench.load(text)
    except JobError:
        return
    if loaded.spec is not None and not loaded.problems and expand(loaded.spec, loaded.catalog)[0] is not None:
        assert complaints(as_an_editor(text)) == []


def test_what_the_reader_takes_of_a_rich_job_it_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    put_files(tmp_path)
    taken = 0
    for seed in range(500):
        chance = Random(seed)
        text = mutant(GOOD[chance.choice(sorted(GOOD))], chance)
        if verdict(text, chance) == 0:
            taken += 1
            assert complaints(as_an_editor(text)) == [], seed
    assert taken > 15
