"""What a job expects of its pictures: read as the prompts are, stored with each cell, and never sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pipeline.catalog.load import load_catalog
from pipeline.spec.job import JobSpec
from pipeline.sweep.cell import Sweep
from pipeline.sweep.expand import expand

if TYPE_CHECKING:
    from tests.spec.conftest import Bench

JOB = """\
version: 1
name: signs
provider: emulator
vars: {suffix: daily}
prompts: {plain: "a shop, {{ word }}"}
matrix:
  model: flux-dev
  word: [Bread, Tea]
expect: {text: "{{ word }} {{ suffix }}"}
"""
EXPECT = 'expect: {text: "{{ word }} {{ suffix }}"}'


def sweep_of(spec: JobSpec) -> Sweep:
    sweep, findings = expand(spec, load_catalog())
    assert findings == []
    assert sweep is not None
    return sweep


def test_each_cell_has_what_is_expected_of_it_and_nothing_of_that_is_sent(bench: Bench) -> None:
    spec = bench.spec(JOB)
    sweep = sweep_of(spec)
    assert [cell.expect for cell in sweep.cells] == [{"text": "Bread daily"}, {"text": "Tea daily"}]
    silent = sweep_of(bench.spec(JOB.replace(EXPECT, "").replace("vars: {suffix: daily}\n", "")))
    assert [cell.expect for cell in silent.cells] == [{}, {}]
    assert [cell.task for cell in silent.cells] == [cell.task for cell in sweep.cells]
    assert JobSpec.model_validate_json(spec.model_dump_json()) == spec


def test_what_comes_out_empty_is_no_expectation(bench: Bench) -> None:
    some = JOB.replace(EXPECT, 'expect: {text: "{% if word == suffix %}{{ word }}{% endif %}"}')
    assert [cell.expect for cell in sweep_of(bench.spec(some)).cells] == [{}, {}]


def test_a_file_from_templates_may_be_taken_in(bench: Bench) -> None:
    (bench.root / "templates" / "sign.j2").write_text("{{ word }} & {{ suffix }}\n")
    spec = bench.spec(JOB.replace(EXPECT, """expect: {text: "{% include 'sign.j2' %}"}"""))
    assert sweep_of(spec).cells[0].expect == {"text": "Bread & daily"}


def test_what_a_confined_axis_alone_sets_is_missed_at_its_place(bench: Bench) -> None:
    job = JOB.replace("flux-dev", "[flux-dev, flux-2-pro]").replace("a shop, {{ word }}", "a shop")
    confined = job.replace("word: [Bread, Tea]", "seed: 1..2\n  word: {values: [Bread], when: {model: flux-dev}}")
    _, findings = expand(bench.spec(confined), load_catalog())
    assert [(one.path, one.message) for one in findings] == [
        (("expect", "text"), "cannot be rendered: `word` is not there in every cell")
    ]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            '{{ word }} {{ suffix }}"}',
            '{{ wrod }} {{ suffix }}"}',
            "9:16 expect.text: nothing sets `wrod` for the template `expect.text`; did you mean `word`?",
        ),
        (
            "suffix: daily",
            "sufix: daily",
            "9:16 expect.text: nothing sets `suffix` for the template `expect.text`; did you mean `sufix`, which",
        ),
        ("{{ suffix }}", "{{ suffix", "9:16 expect.text: not a template:"),
        ('"{{ word }} {{ suffix }}"', '""', "9:16 expect.text: not a template: the text is empty"),
        ("{text: ", "{txt: ", "9:10 expect.txt: unknown key `txt`; did you mean `text`?"),
        ('"{{ word }} {{ suffix }}"', "12", "9:16 expect.text: got the number 12; expected a text"),
        ("expect: {", "expct: {", "9:1 expct: unknown key `expct`; did you mean `expect`?"),
    ],
)
def test_a_mistake_is_told_once_where_it_stands(bench: Bench, old: str, new: str, said: str) -> None:
    assert old in JOB
    found = bench.problems(JOB.replace(old, new))
    assert len(found) == 1, found
    assert said in found[0]
