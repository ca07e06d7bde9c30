"""A job becomes cells and tasks: the laws that hold for every job."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.catalog.check import check_params
from pipeline.catalog.load import load_catalog
from pipeline.spec.job import JobSpec
from pipeline.sweep.cell import Finding, Sweep
from pipeline.sweep.digest import digest
from pipeline.sweep.expand import expand
from pipeline.sweep.labels import MAX_BYTES, folded
from pipeline.task.fingerprint import fingerprint

MakeJob = Callable[..., JobSpec]
THING = {"thing": "a {{ thing }} in a {{ place }}"}
WORDS = st.text(st.characters(codec="utf-8", categories=["L", "N", "Zs", "P"]), min_size=1, max_size=60)
AXES = st.fixed_dictionaries(
    {
        "model": st.lists(st.sampled_from(["flux-2-flex", "flux-2-pro", "flux-dev"]), min_size=1, unique=True),
        "seed": st.lists(st.integers(0, 2**32), min_size=1, max_size=3, unique=True),
        "size": st.lists(st.sampled_from(["1024x1024", "1344x768", "512x512"]), min_size=1, unique=True),
        "thing": st.lists(WORDS, min_size=1, max_size=3, unique_by=str.strip),
        "place": st.lists(st.sampled_from(["forest", "Forest", "wood", "cave"]), min_size=1, max_size=3, unique=True),
    }
)


def sweep_of(spec: JobSpec) -> Sweep:
    sweep, findings = expand(spec, load_catalog())
    assert findings == []
    assert sweep is not None
    return sweep


def findings_of(spec: JobSpec) -> list[Finding]:
    sweep, findings = expand(spec, load_catalog())
    assert sweep is None
    return findings


def keys(spec: JobSpec) -> list[str]:
    return [cell.task.key for cell in sweep_of(spec).cells]


@given(axes=AXES)
@settings(max_examples=40)
def test_the_product_has_a_cell_for_every_combination_in_job_order(job: MakeJob, axes: dict[str, list[Any]]) -> None:
    spec = job(THING, axes)
    sweep = sweep_of(spec)
    assert len(sweep.cells) == prod(map(len, axes.values())) == sweep.steps[0].cells
    last = spec.matrix.axes[-1].name
    assert [cell.axes[last] for cell in sweep.cells[: len(axes[last])]] == axes[last]


@given(axes=AXES)
@settings(max_examples=40)
def test_expanding_twice_gives_the_very_same(job: MakeJob, axes: dict[str, list[Any]]) -> None:
    assert sweep_of(job(THING, axes)) == sweep_of(job(THING, axes))


@given(axes=AXES)
@settings(max_examples=40)
def test_labels_are_short_and_unique_on_any_file_system(job: MakeJob, axes: dict[str, list[Any]]) -> None:
    labels = [cell.label for cell in sweep_of(job(THING, axes)).cells]
    assert len({folded(label) for label in labels}) == len(labels)
    assert all(0 < len(label.encode()) <= MAX_BYTES for label in labels)
    assert not any("/" in label or "\\" in label or label.startswith((".", "-")) for label in labels)


@given(axes=AXES)
@settings(max_examples=40)
def test_every_task_is_keyed_by_its_request_and_is_what_its_model_takes(
    job: MakeJob, axes: dict[str, list[Any]]
) -> None:
    for cell in sweep_of(job(THING, axes)).cells:
        request = cell.task.request
        assert cell.task.key == fingerprint(request)
        assert check_params(load_catalog().model(request.model), request.params) == []
        assert request.model == cell.axes["model"]
        assert request.params["seed"] == cell.axes["seed"]


@given(axes=AXES, data=st.data())
@settings(max_examples=60)
def test_exclude_and_include_of_the_same_cells_leave_the_same_set(
    job: MakeJob, axes: dict[str, list[Any]], data: st.DataObject
) -> None:
    names = data.draw(st.lists(st.sampled_from(sorted(axes)), min_size=1, unique=True))
    line = {name: data.draw(st.lists(st.sampled_from(axes[name]), min_size=1, unique=True)) for name in names}
    matched = prod(len(line.get(name, values)) for name, values in axes.items())
    whole = sweep_of(job(THING, axes))
    both = sweep_of(job(THING, axes, exclude=[line], include=[line]))
    assert [step.cells for step in both.steps] == [len(whole.cells), -matched, matched]
    assert sorted(cell.task.key for cell in both.cells) == sorted(cell.task.key for cell in whole.cells)


@given(axes=AXES)
@settings(max_examples=30)
def test_renaming_a_prompt_changes_no_key(job: MakeJob, axes: dict[str, list[Any]]) -> None:
    assert keys(job(THING, axes)) == keys(job({"other": THING["thing"]}, axes))


@given(order=st.permutations(["steps", "guidance", "output_format", "safety_tolerance"]))
def test_the_order_of_parameters_changes_no_key(job: MakeJob, order: list[str]) -> None:
    params = {"steps": 30, "guidance": 3.5, "output_format": "png", "safety_tolerance": 2}
    assert keys(job(params=params)) == keys(job(params={name: params[name] for name in order}))


@given(number=st.integers(2, 10))
def test_an_integral_float_has_the_key_of_its_integer(job: MakeJob, number: int) -> None:
    assert keys(job(params={"guidance": float(number)})) == keys(job(params={"guidance": number}))
    prompts = {"count": "{{ many }} teapots"}
    assert keys(job(prompts, {"many": [float(number)]})) == keys(job(prompts, {"many": [number]}))


@given(axes=AXES)
@settings(max_examples=30)
def test_the_order_of_axes_changes_no_digest(job: MakeJob, axes: dict[str, list[Any]]) -> None:
    turned = {name: list(reversed(values)) for name, values in reversed(axes.items())}
    assert digest(keys(job(THING, axes))) == digest(keys(job(THING, turned)))


def test_the_digest_is_of_the_tasks_and_not_of_the_cells() -> None:
    assert digest(["b", "a", "a"]) == digest(["a", "b"]) != digest(["a", "b", "c"])


def test_the_free_provider_costs_nothing_and_an_unknown_price_stays_unknown(job: MakeJob) -> None:
    def price(**more: Any) -> tuple[int | None, str]:
        found = sweep_of(job(**more)).cells[0].price
        return found.micro_usd, found.source

    assert price(provider="emulator") == (0, "free")
    assert price() == (60_000, "about: the vendor's list price; the gateway bills its own")
    assert price(axes={"size": ["auto"]}) == (None, "unknown")


@pytest.mark.parametrize("exclude", [[], [{"seed": 9_999}]])
def test_a_huge_matrix_is_counted_and_not_expanded(job: MakeJob, exclude: list[dict[str, Any]]) -> None:
    axes = {"seed": list(range(10_000)), "size": [f"{side}x{side}" for side in range(64, 2048, 16)]}
    assert findings_of(job(axes=axes, exclude=exclude)) == [
        Finding(
            ("matrix",),
            "this comes to 1,240,000 cells, about $74,400",
            "at most 10,000",
            "shorten an axis, pair values in a compound axis, draw some by `random`, or raise `max_tasks`",
        )
    ]


def test_a_product_over_the_limit_is_taken_when_exclude_leaves_few_enough(job: MakeJob) -> None:
    axes = {"seed": list(range(6_000)), "size": ["512x512", "1024x1024"]}
    spec = job(axes=axes, exclude=[{"size": "512x512", "seed": list(range(5_990))}])
    assert len(sweep_of(spec).cells) == 6_010


def test_too_many_cells_by_an_include_are_refused(job: MakeJob) -> None:
    axes = {"seed": list(range(6_000))}
    assert findings_of(job(axes=axes, include=[{"size": "512x512"}]))[0].message.startswith(
        "this comes to 12,000 cells"
    )
    wide = findings_of(job(include=[{"seed": list(range(5_001)), "size": ["512x512", "256x256", "768x768"]}]))
    assert (wide[0].path, wide[0].message) == (("matrix", "include", 0), "this comes to 15,003 cells, about $900")
