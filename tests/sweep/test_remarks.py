"""What people are told of a sweep, and how its cells are called."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pipeline.catalog.load import load_catalog
from pipeline.spec.job import JobSpec
from pipeline.sweep.cell import Finding, Sweep
from pipeline.sweep.expand import expand
from pipeline.sweep.labels import slug

MakeJob = Callable[..., JobSpec]


def sweep_of(spec: JobSpec) -> Sweep:
    sweep, findings = expand(spec, load_catalog())
    assert findings == []
    assert sweep is not None
    return sweep


def labels(spec: JobSpec) -> list[str]:
    return [cell.label for cell in sweep_of(spec).cells]


def test_cells_that_share_a_request_share_a_task_and_the_plan_says_so(job: MakeJob) -> None:
    prompts = {"plain": "a teapot", "placed": "a teapot{% if place == 'hall' %} in a hall{% endif %}"}
    sweep = sweep_of(job(prompts, {"place": ["hall", "attic"]}))
    assert (len(sweep.cells), len(sweep.tasks())) == (4, 2)
    assert sweep.cells[0].task is sweep.cells[1].task is sweep.cells[3].task
    assert sweep.notes == [
        "4 cells come to 2 tasks: a request that cells share is bought once",
        "prompts `plain` and `placed` render alike in 1 task",
    ]


def test_a_size_that_a_shape_came_to_and_a_deprecated_model_are_noted(job: MakeJob) -> None:
    sweep = sweep_of(job(axes={"model": ["flux-pro-1.1", "flux-kontext-pro"], "size": ["16:9"], "seed": [1, 2]}))
    assert sweep.notes == [
        "16:9 on flux-pro-1.1 → 1344x768",
        "16:9 on flux-kontext-pro → aspect_ratio 16:9",
        "flux-kontext-pro is deprecated by its vendor",
    ]


def test_an_axis_whose_exchange_changes_no_request_is_a_finding(job: MakeJob) -> None:
    axes = {"mood": ["calm", "wild"], "seed": [1, 2]}
    sweep, findings = expand(job({"a": "a teapot", "b": "a lamp"}, axes), load_catalog())
    assert sweep is None
    assert findings == [
        Finding(
            ("matrix", "mood"),
            "the 2 values of `mood` change no request",
            hint="keep one of them, or let a template read it",
            of_matrix=True,
        )
    ]


def test_prompts_that_render_alike_everywhere_are_such_an_axis(job: MakeJob) -> None:
    _, findings = expand(job({"a": "a teapot", "b": "a teapot"}, {"seed": [1, 2]}), load_catalog())
    assert [found.path for found in findings] == [("matrix", "prompt")]


def test_an_axis_that_matters_to_one_arm_only_is_none(job: MakeJob) -> None:
    assert len(sweep_of(job({"a": "a teapot", "b": "a {{ mood }} lamp"}, {"mood": ["calm", "wild"]})).cells) == 4


def test_axes_that_exclude_leaves_paired_are_none(job: MakeJob) -> None:
    exclude = [{"seed": 1, "mood": "wild"}, {"seed": 2, "mood": "calm"}]
    assert len(sweep_of(job(axes={"seed": [1, 2], "mood": ["calm", "wild"]}, exclude=exclude)).cells) == 2


def test_a_label_names_prompt_model_seed_size_and_the_axes_that_differ(job: MakeJob) -> None:
    axes: dict[str, Any] = {
        "mood": ["calm"],
        "scene": [{"id": "Oak Table", "on": "oak"}, {"id": "marble", "on": "marble"}],
        "model": ["flux-2-flex"],
        "guidance": [2.5, None],
    }
    assert labels(job({"p": "{{ mood }} {{ on }}"}, axes, exclude=[{"scene": "marble", "guidance": [None]}])) == [
        "p_flux-2-flex_s1_1024x1024_oak-table_2.5",
        "p_flux-2-flex_s1_1024x1024_oak-table_none",
        "p_flux-2-flex_s1_1024x1024_marble_2.5",
    ]


def test_a_compound_value_that_sets_the_model_stands_in_its_place(job: MakeJob) -> None:
    arms = [{"id": "quick", "model": "flux-dev", "steps": 20}, {"id": "good", "model": "flux-2-flex", "steps": 40}]
    assert labels(job({"p": "a {{ mood }} lamp"}, {"mood": ["calm", "wild"], "arm": arms}))[:2] == [
        "p_quick_s1_1024x1024_calm",
        "p_good_s1_1024x1024_calm",
    ]


def test_labels_that_clash_but_for_case_or_length_end_in_their_key(job: MakeJob) -> None:
    words = ["Rose", "rose", "x" * 90 + "a", "x" * 90 + "b"]
    cells = sweep_of(job({"p": "{{ word }}"}, {"word": words})).cells
    assert [cell.label for cell in cells[:2]] == [
        f"p_flux-2-flex_s1_1024x1024_rose-{cell.task.key[:8]}" for cell in cells[:2]
    ]
    assert all(cell.label.endswith(f"x-{cell.task.key[:8]}") for cell in cells[2:])


def test_cells_that_share_a_task_and_a_label_are_numbered(job: MakeJob) -> None:
    cells = sweep_of(job({"p": "{{ word | lower }} {{ seed }}"}, {"word": ["Rose", "rose", "lily"]})).cells
    assert cells[0].task is cells[1].task
    assert cells[1].label == f"{cells[0].label}-2"


def test_words_of_any_script_are_kept_and_paths_are_not() -> None:
    assert slug("Größe 茶壺") == "größe-茶壺"
    assert slug("../../etc/passwd") == "etc-passwd"
    assert slug("…") == "x"
    assert slug(True) == "true"
