"""Product, exclude, include: what each line matches, adds and removes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pipeline.catalog.load import load_catalog
from pipeline.spec.job import JobSpec
from pipeline.sweep.cell import Sweep
from pipeline.sweep.expand import expand

MakeJob = Callable[..., JobSpec]
SCENES = [
    {"id": "marble", "surface": "marble", "lighting": "a softbox"},
    {"id": "oak", "surface": "oak", "lighting": "low window light"},
]
PROMPTS = {"plain": "a teapot on {{ surface }}, {{ lighting }}", "short": "teapot, {{ scene.surface }}, {{ scene }}"}
AXES: dict[str, Any] = {
    "model": ["flux-2-flex", "flux-2-pro"],
    "seed": [1, 2, 3],
    "size": ["square", "1344x768"],
    "scene": SCENES,
}
SIZES = {"square": "1024x1024"}


def sweep_of(spec: JobSpec) -> Sweep:
    sweep, findings = expand(spec, load_catalog())
    assert findings == []
    assert sweep is not None
    return sweep


@pytest.mark.parametrize(
    ("line", "removed"),
    [
        ({"model": "flux-2-pro"}, 24),
        ({"size": "1024x1024"}, 24),
        ({"size": "square", "seed": [1, 3]}, 16),
        ({"seed": 2.0}, 16),
        ({"surface": "oak"}, 24),
        ({"scene": "oak", "model": "flux-2-flex"}, 12),
        ({"surface": "oak", "lighting": "low window light", "prompt": "short"}, 12),
    ],
)
def test_exclude_matches_by_meaning(job: MakeJob, line: dict[str, Any], removed: int) -> None:
    sweep = sweep_of(job(PROMPTS, AXES, exclude=[line], sizes=SIZES))
    assert [step.cells for step in sweep.steps] == [48, -removed]
    assert len(sweep.cells) == 48 - removed


def test_true_is_not_one(job: MakeJob) -> None:
    sweep = sweep_of(job({"p": "{{ many }} teapots"}, {"many": [1, True, 2]}, exclude=[{"many": 1.0}]))
    assert [cell.axes["many"] for cell in sweep.cells] == [True, 2]


def test_an_include_adds_an_arm_over_all_values_of_the_axes_that_it_omits(job: MakeJob) -> None:
    sweep = sweep_of(job(PROMPTS, AXES, include=[{"model": "flux-2-max", "seed": [1, 9]}], sizes=SIZES))
    assert [step.cells for step in sweep.steps] == [48, 2 * 2 * 2 * 2]
    added = [cell for cell in sweep.cells if cell.axes["model"] == "flux-2-max"]
    assert {cell.axes["seed"] for cell in added} == {1, 9}
    assert added == sweep.cells[48:]


def test_an_include_adds_no_cell_twice(job: MakeJob) -> None:
    include = [{"size": ["1024x1024", "512x512"]}, {"size": "512x512", "seed": [3, 4]}]
    sweep = sweep_of(job(PROMPTS, AXES, include=include, sizes=SIZES))
    assert [step.cells for step in sweep.steps] == [48, 24, 8]


def test_an_include_after_an_exclude_brings_back_a_part(job: MakeJob) -> None:
    spec = job(PROMPTS, AXES, exclude=[{"surface": "oak"}], include=[{"surface": "oak", "seed": 1}], sizes=SIZES)
    assert [step.cells for step in sweep_of(spec).steps] == [48, -24, 8]


def test_a_line_that_does_nothing_is_a_finding(job: MakeJob) -> None:
    exclude = [{"model": "flux-2-pro"}, {"model": "flux-2-pro", "seed": 1}]
    include = [{"model": "flux-2-flex", "seed": 2}]
    _, findings = expand(job(PROMPTS, AXES, exclude=exclude, include=include, sizes=SIZES), load_catalog())
    assert [(found.path, found.message) for found in findings] == [
        (("matrix", "exclude", 1), "this exclude removes no cell"),
        (("matrix", "include", 0), "this include adds no cell that is not there already"),
    ]


def test_a_matrix_that_is_excluded_whole_is_a_finding(job: MakeJob) -> None:
    sweep, findings = expand(job(exclude=[{"seed": 1}]), load_catalog())
    assert sweep is None
    assert findings[0].message == "no cell is left"


def test_steps_say_what_each_line_did(job: MakeJob) -> None:
    sweep = sweep_of(job(PROMPTS, AXES, exclude=[{"seed": [1, 2], "scene": "oak"}], sizes=SIZES))
    assert [step.text for step in sweep.steps] == [
        "prompt 2 × model 2 × seed 3 × size 2 × scene 2",
        "exclude seed: 1 | 2, scene: oak",
    ]


def test_a_compound_axis_may_set_anything_that_a_cell_has(job: MakeJob) -> None:
    arms = [
        {"id": "fast", "model": "flux-dev", "size": "square", "steps": 20, "prompt": "plain", "surface": "oak"},
        {"id": "fine", "model": "flux-2-flex", "size": "16:9", "steps": None, "prompt": "short", "surface": "silk"},
    ]
    prompts = {"plain": "a teapot on {{ surface }}", "short": "teapot on {{ arm.surface }}"}
    cells = sweep_of(job(prompts, {"arm": arms}, sizes=SIZES)).cells
    assert [(cell.task.request.model, cell.sent_size, cell.task.request.params.get("steps")) for cell in cells] == [
        ("flux-dev", "1024x1024", 20),
        ("flux-2-flex", "1360x768", None),
    ]
    assert [cell.task.request.params["prompt"] for cell in cells] == ["a teapot on oak", "teapot on silk"]
    assert cells[0].axes == {"seed": 1, "arm": arms[0]}


def test_repeats_are_bought_apart_and_the_first_has_the_key_of_no_repeat(job: MakeJob) -> None:
    once = sweep_of(job()).cells
    thrice = sweep_of(job(axes={"repeat": [1, 2, 3]})).cells
    assert len({cell.task.key for cell in thrice}) == 3
    assert thrice[0].task.key == once[0].task.key
