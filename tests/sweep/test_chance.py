"""Drawn axes, samples and orders: by hash of the job's words, so that what is new moves nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from pipeline.catalog.load import load_catalog
from pipeline.spec.job import Draw, JobSpec, Sample
from pipeline.sweep.cell import Cell, Sweep
from pipeline.sweep.expand import expand

MakeJob = Callable[..., JobSpec]
LIGHTS = ["dawn", "noon", "dusk", "candle", "neon"]
PROMPTS = {"plain": "{{ subject }} by {{ light }}", "long": "a photograph of {{ subject }}, lit by {{ light }}"}


def sweep_of(spec: JobSpec) -> Sweep:
    sweep, findings = expand(spec, load_catalog())
    assert findings == []
    assert sweep is not None
    return sweep


def drawn(spec: JobSpec, **draws: Draw) -> JobSpec:
    """The job with some of its axes drawn; seeds lose their values."""
    axes = tuple(
        axis.model_copy(
            update={"draw": draws.get(axis.name), "values": () if axis.name == "seed" in draws else axis.values}
        )
        for axis in spec.matrix.axes
    )
    return spec.model_copy(update={"matrix": spec.matrix.model_copy(update={"axes": axes})})


def by(cells: list[Cell], *names: str) -> dict[tuple[Any, ...], set[Any]]:
    found: dict[tuple[Any, ...], set[Any]] = {}
    for cell in cells:
        found.setdefault(tuple(cell.axes[name] for name in names), set()).add(cell.axes["light"])
    return found


def test_a_light_is_drawn_for_each_subject_and_seed(job: MakeJob) -> None:
    subjects = [f"subject {number}" for number in range(30)]
    axes = {"subject": subjects, "seed": [1, 2, 3, 4], "light": LIGHTS}
    spec = drawn(job(PROMPTS, axes), light=Draw(n=1, salt=0, per=("subject", "seed")))
    sweep = sweep_of(spec)
    assert len(sweep.cells) == 2 * 30 * 4
    assert sweep.steps[0].cells == len(sweep.cells)
    lights = by(sweep.cells, "subject", "seed")
    assert all(len(of_cell) == 1 for of_cell in lights.values())
    often = Counter(light for of_cell in lights.values() for light in of_cell)
    assert set(often) == set(LIGHTS)

    more = drawn(
        job(PROMPTS, axes | {"subject": ["a newcomer", *subjects]}), light=Draw(n=1, salt=0, per=("subject", "seed"))
    )
    assert lights.items() < by(sweep_of(more).cells, "subject", "seed").items()
    other = drawn(job(PROMPTS, axes), light=Draw(n=1, salt=1, per=("subject", "seed")))
    assert by(sweep_of(other).cells, "subject", "seed") != lights


def test_drawn_seeds_are_the_same_in_every_arm(job: MakeJob) -> None:
    axes = {"model": ["flux-2-pro", "flux-2-flex"], "subject": ["Anna", "Ben"], "light": ["dawn"], "seed": [1]}
    sweep = sweep_of(drawn(job(PROMPTS, axes), seed=Draw(n=3, salt=7, per=("subject",))))
    assert len(sweep.cells) == 2 * 2 * 2 * 3
    seeds: dict[tuple[Any, ...], set[Any]] = {}
    for cell in sweep.cells:
        arm = (cell.axes["prompt"], cell.axes["model"])
        seeds.setdefault((*arm, cell.axes["subject"]), set()).add(cell.axes["seed"])
    for subject in ("Anna", "Ben"):
        (of_subject,) = {frozenset(found) for arm, found in seeds.items() if arm[-1] == subject}
        assert len(of_subject) == 3
        assert all(0 <= seed < 1 << 31 for seed in of_subject)


def test_a_drawn_axis_may_be_confined_and_hang_on_another_drawn_one(job: MakeJob) -> None:
    axes = {
        "subject": ["Anna", "Ben", "Cleo"],
        "light": LIGHTS,
        "steps": {"values": [10, 20, 30, 40], "when": {"light": ["dawn", "noon", "dusk"]}},
    }
    spec = drawn(job(PROMPTS, axes), light=Draw(n=2, salt=3, per=("subject",)), steps=Draw(n=2, salt=3, per=("light",)))
    sweep = sweep_of(spec)
    of_light: dict[Any, set[Any]] = {}
    for cell in sweep.cells:
        of_light.setdefault(cell.axes["light"], set()).add(cell.axes.get("steps"))
    for light, steps in of_light.items():
        assert (len(steps) == 2) if light in ("dawn", "noon", "dusk") else (steps == {None})
    assert sweep.steps[0].cells == len(sweep.cells)


def matrix_with(spec: JobSpec, **changed: Any) -> JobSpec:
    return spec.model_copy(update={"matrix": spec.matrix.model_copy(update=changed)})


def test_breadth_has_one_picture_of_every_cell_before_the_second_of_any(job: MakeJob) -> None:
    axes = {"seed": [5, 2, 9], "model": ["flux-2-pro", "flux-2-flex"], "repeat": [1, 2]}
    spec = job({"a": "a cat", "b": "a dog"}, axes, include=[{"model": "flux-2-max"}])
    breadth = sweep_of(matrix_with(spec, order="breadth")).cells
    depth = sweep_of(spec).cells
    assert [(cell.axes["repeat"], cell.axes["seed"]) for cell in breadth] == [
        (repeat, seed) for repeat in (1, 2) for seed in (5, 2, 9) for _ in range(6)
    ]
    assert {cell.task.key for cell in breadth} == {cell.task.key for cell in depth}
    assert [cell.axes["prompt"] for cell in depth[:24]] == ["a"] * 12 + ["b"] * 12


def test_a_seed_that_include_brings_comes_after_the_others(job: MakeJob) -> None:
    spec = job({"a": "a cat"}, {"seed": [1, 2]}, include=[{"seed": 9}])
    assert [cell.axes["seed"] for cell in sweep_of(matrix_with(spec, order="breadth")).cells] == [1, 2, 9]


def test_only_keeps_a_part_and_says_how_much(job: MakeJob) -> None:
    spec = job({"a": "a cat", "b": "a dog"}, {"seed": [1, 2, 3]})
    sweep = sweep_of(matrix_with(spec, only=({"seed": (2,)}, {"prompt": ("a",), "seed": (3,)})))
    assert {(cell.axes["prompt"], cell.axes["seed"]) for cell in sweep.cells} == {("a", 2), ("b", 2), ("a", 3)}
    assert sweep.steps[-1].text == "only seed: 2 or prompt: a, seed: 3"
    assert sweep.steps[-1].cells == -3
    _, findings = expand(
        matrix_with(spec, exclude=({"seed": (3,)},), only=({"seed": (3,)}, {"seed": (1,)})), load_catalog()
    )
    assert [finding.path for finding in findings] == [("matrix", "only", 0)]


def test_a_sample_repeats_and_a_new_seed_takes_no_more_than_it_brings(job: MakeJob) -> None:
    def keys(seeds: list[int], salt: int = 0) -> set[str]:
        spec = job({"a": "a cat", "b": "a dog"}, {"seed": seeds})
        return set(sweep_of(matrix_with(spec, sample=Sample(n=20, salt=salt))).tasks())

    few = keys(list(range(40)))
    assert len(few) == 20
    assert few == keys(list(range(40))[::-1])
    assert few != keys(list(range(40)), salt=1)
    assert len(few - keys(list(range(41)))) <= 2


def test_the_job_says_how_many_cells_are_too_many(job: MakeJob) -> None:
    spec = job(axes={"seed": list(range(50))}, max_tasks=49)
    _, findings = expand(spec, load_catalog())
    assert findings[0].message == "this comes to 50 cells, about $3.00"
    assert sweep_of(spec.model_copy(update={"max_tasks": 50})).steps[0].cells == 50
