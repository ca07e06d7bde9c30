"""An axis that is confined to some cells: there it multiplies, elsewhere it does not exist."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pipeline.catalog.load import load_catalog
from pipeline.spec.job import Axis, JobSpec, Scalar
from pipeline.sweep.cell import Cell
from pipeline.sweep.expand import expand
from pipeline.sweep.matrix import Matrix

MakeJob = Callable[..., JobSpec]
PROMPTS = {"plain": "a teapot", "lit": "a teapot, lit"}
MODELS = ["flux-pro-1.1", "flux-2-pro", "flux-2-flex"]
STEPS: dict[str, Any] = {"values": [20, 30, 40], "when": {"model": "flux-2-flex"}}


def cells_of(spec: JobSpec) -> list[Cell]:
    sweep, findings = expand(spec, load_catalog())
    assert findings == []
    assert sweep is not None
    return sweep.cells


def test_steps_are_swept_on_one_model_only(job: MakeJob) -> None:
    spec = job(PROMPTS, {"model": MODELS, "seed": [1, 2], "steps": STEPS})
    cells = cells_of(spec)
    assert len(cells) == 2 * 2 * (2 + 3)
    for cell in cells:
        flex = cell.axes["model"] == "flux-2-flex"
        assert ("steps" in cell.axes) == flex
        assert cell.task.request.params.get("steps") == cell.axes.get("steps")
    labels = {cell.label for cell in cells}
    assert {"plain_flux-pro-1.1_s1_1024x1024", "plain_flux-2-flex_s1_1024x1024_20"} < labels


def test_a_confined_size_is_auto_elsewhere_and_a_confined_seed_is_one(job: MakeJob) -> None:
    axes = {
        "model": MODELS,
        "seed": {"values": [7, 8], "when": {"model": "flux-2-pro"}},
        "size": {"values": ["1024x1024"], "when": {"model": "flux-2-pro"}},
    }
    found = {(str(cell.axes["model"]), cell.axes["seed"], cell.sent_size) for cell in cells_of(job(axes=axes))}
    assert found == {
        ("flux-pro-1.1", 1, "auto"),
        ("flux-2-flex", 1, "auto"),
        ("flux-2-pro", 7, "1024x1024"),
        ("flux-2-pro", 8, "1024x1024"),
    }


def test_a_confined_axis_may_hang_on_another_that_stands_after_it(job: MakeJob) -> None:
    axes = {
        "guidance": {"values": [2, 3], "when": {"steps": 40}},
        "steps": STEPS,
        "model": MODELS,
    }
    cells = cells_of(job(axes=axes))
    assert len(cells) == 2 + (2 + 2)
    assert all((cell.axes.get("steps") == 40) == ("guidance" in cell.axes) for cell in cells)


def test_an_include_that_names_a_confined_axis_has_it_anywhere(job: MakeJob) -> None:
    include = [{"model": "flux-dev", "steps": 50}]
    cells = cells_of(job(axes={"model": MODELS, "steps": STEPS}, include=include))
    assert [cell.axes.get("steps") for cell in cells if cell.axes["model"] == "flux-dev"] == [50]


def test_params_hold_where_a_confined_axis_does_not_reach(job: MakeJob) -> None:
    axes = {"model": ["flux-dev", "flux-2-flex"], "steps": STEPS}
    cells = cells_of(job(axes=axes, params={"steps": 28}))
    assert [cell.task.request.params["steps"] for cell in cells] == [28, 20, 30, 40]


LETTERS = ["a", "b", "c"]


@st.composite
def confined(draw: st.DrawFn) -> tuple[Axis, ...]:
    """Axes of variables, some of them confined by one that stands before them in a hidden order."""
    names = draw(st.permutations(LETTERS))
    axes = []
    for place, name in enumerate(names):
        when: dict[str, tuple[Scalar | None, ...]] = {}
        if place and draw(st.booleans()):
            when = {names[place - 1]: tuple(draw(st.sets(st.integers(0, 2), min_size=1)))}
        axes.append(Axis(name=name, kind="variable", values=tuple(range(draw(st.integers(1, 3)))), when=when))
    return tuple(draw(st.permutations(axes)))


@given(axes=confined())
def test_the_points_are_what_a_plain_reading_of_when_says(job: MakeJob, axes: tuple[Axis, ...]) -> None:
    spec = job()
    spec = spec.model_copy(update={"matrix": spec.matrix.model_copy(update={"axes": axes})})
    expansion = Matrix(spec).expand()
    found = [{choice.axis: choice.value for choice in point if choice.sets} for point in expansion.points]
    every: list[dict[str, Any]] = [{}]
    for axis in sorted(axes, key=lambda axis: _depth(axis, axes)):
        every = [
            cell | one
            for cell in every
            for one in (
                [{axis.name: value} for value in axis.values]
                if all(cell.get(name) in allowed for name, allowed in axis.when.items())
                else [{}]
            )
        ]
    assert sorted(map(repr, (sorted(cell.items()) for cell in found))) == sorted(
        map(repr, (sorted(cell.items()) for cell in every))
    )
    assert expansion.steps[0].cells == len(found)


def _depth(axis: Axis, axes: tuple[Axis, ...]) -> int:
    """How many axes stand between this one and one that is everywhere."""
    above = [other for other in axes if other.name in axis.when]
    return 1 + max((_depth(other, axes) for other in above), default=0)
