"""One cell taken apart: where each value comes from, and why the cell is there."""

from __future__ import annotations

import pytest

from pipeline.catalog.load import load_catalog
from pipeline.spec.job import ModelOptions, Picture
from pipeline.sweep.expand import expand
from pipeline.sweep.explain import Explanation, explain
from tests.sweep.conftest import MakeJob

FLEX = {"model": ["flux-2-flex", "flux-2-pro"], "seed": [1, 2]}


def explained(spec: object, label: str) -> Explanation:
    sweep, findings = expand(spec, load_catalog())  # type: ignore[arg-type]
    assert sweep is not None, findings
    labels = [cell.label for cell in sweep.cells]
    found = explain(spec, load_catalog(), labels.index(label))  # type: ignore[arg-type]
    request = sweep.cells[labels.index(label)].task.request
    assert {source.name: source.value for source in found.sent} == dict(request.params)
    return found


def test_each_value_names_the_strongest_place_that_sets_it_and_those_that_it_overrides(job: MakeJob) -> None:
    spec = job(
        axes=FLEX | {"guidance": {"values": [3.0, 4.0], "when": {"model": "flux-2-flex"}}},
        params={"safety_tolerance": 1, "output_format": "png"},
        models={"flux-2-flex": ModelOptions(params={"safety_tolerance": 2, "steps": 20})},
        overrides=[({"model": "flux-2-flex", "seed": 2}, {"steps": 30}), ({"seed": 2}, {"safety_tolerance": 3})],
    )
    found = explained(spec, "plain_flux-2-flex_s2_1024x1024_4.0")
    sent = {source.name: (source.path, source.over) for source in found.sent}
    assert sent["safety_tolerance"] == (
        ("overrides", 1, "set", "safety_tolerance"),
        ((("models", "flux-2-flex", "params", "safety_tolerance"), 2), (("params", "safety_tolerance"), 1)),
    )
    steps = ("models", "flux-2-flex", "params", "steps")
    assert sent["steps"] == (("overrides", 0, "set", "steps"), ((steps, 20),))
    assert sent["guidance"] == (("matrix", "guidance", 1), ())
    assert sent["output_format"] == (("params", "output_format"), ())
    assert sent["seed"] == (("matrix", "seed", 1), ())
    assert sent["width"] == sent["height"] == (("matrix", "size", 0), ())
    assert sent["prompt"] == (("prompts", "plain"), ())
    (rewriting,) = [source for source in found.sent if source.name == "prompt_upsampling"]
    assert (rewriting.value, rewriting.path) == (False, ())
    assert rewriting.why == "upsampling is off: the service may not rewrite the prompt"


def test_what_is_left_out_and_what_the_service_adds(job: MakeJob) -> None:
    spec = job(axes=FLEX | {"steps": [None, 30]}, params={"output_format": "png"}, on_unsupported="drop")
    found = explained(spec, "plain_flux-2-flex_s1_1024x1024_none")
    assert [(source.name, source.value, source.path) for source in found.left_out] == [
        ("steps", None, ("matrix", "steps", 0))
    ]
    assert found.defaults["steps"] == load_catalog().model("flux-2-flex").params["steps"].default
    assert "output_format" not in found.defaults


def test_the_names_that_a_template_reads(job: MakeJob) -> None:
    spec = job(
        prompts={"plain": "{% set mood = 'calm' %}{{ product }} on {{ scene.surface }}, {{ light }}, {{ mood }}"},
        axes={"scene": [{"id": "a", "surface": "oak", "light": "dim"}, {"id": "b", "surface": "ice", "light": "hard"}]},
        vars={"product": "a teapot", "unread": "x"},
    )
    found = explained(spec, "plain_flux-2-flex_s1_1024x1024_b")
    assert [(source.name, source.value, source.path) for source in found.read] == [
        ("light", "hard", ("matrix", "scene", 1, "light")),
        ("product", "a teapot", ("vars", "product")),
        ("scene", "b", ("matrix", "scene", 1)),
    ]


@pytest.mark.parametrize(
    ("label", "include", "excludes"),
    [
        ("plain_flux-2-flex_s1_1024x1024", None, []),
        ("plain_flux-2-pro_s1_1024x1024", 0, [0]),
        ("plain_flux-2-pro_s9_1024x1024", 1, [0]),
        ("plain_flux-2-max_s2_1024x1024", 2, []),
    ],
)
def test_what_makes_a_cell_and_what_would_cut_it(
    job: MakeJob, label: str, include: int | None, excludes: list[int]
) -> None:
    spec = job(
        axes=FLEX,
        exclude=[{"model": "flux-2-pro"}],
        include=[{"model": "flux-2-pro", "seed": 1}, {"model": "flux-2-pro", "seed": [1, 9]}, {"model": "flux-2-max"}],
    )
    found = explained(spec, label)
    assert (found.include, found.excludes) == (include, excludes)


def test_a_cell_of_a_sample_is_found_though_its_whole_product_is_too_large(job: MakeJob) -> None:
    from pipeline.spec.job import Sample

    plain = job(axes={"seed": list(range(1, 41))}, max_tasks=10)
    spec = plain.model_copy(update={"matrix": plain.matrix.model_copy(update={"sample": Sample(n=3, salt=0)})})
    sweep, _ = expand(spec, load_catalog())
    assert sweep is not None
    assert explained(spec, sweep.cells[2].label).include is None


def test_an_input_image_and_a_size_that_is_none(job: MakeJob) -> None:
    picture = Picture(sha256="0" * 64, media_type="image/png", width=512, height=512)
    spec = job(
        axes={"model": ["flux-kontext-pro"], "size": ["auto"], "input_image": ["a.png"]}, images={"a.png": picture}
    )
    found = explained(spec, "plain_flux-kontext-pro_s1_auto")
    assert {source.name for source in found.sent} >= {"prompt", "seed", "input_image"}
    assert not any(source.why.startswith("what the size") for source in found.sent)
