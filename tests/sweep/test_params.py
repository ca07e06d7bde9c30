"""What is sent beside the prompt: layers, sizes, rewriting, input images; and where each mistake is said."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from pipeline.catalog.load import load_catalog
from pipeline.catalog.provider import Served
from pipeline.spec.job import JobSpec, ModelOptions
from pipeline.sweep.cell import Finding, Sweep
from pipeline.sweep.expand import expand
from pipeline.task.request import ImageRef, ParamValue

MakeJob = Callable[..., JobSpec]
PNG = b"\x89PNG\r\n\x1a\n" + bytes(16)
JPEG = b"\xff\xd8\xff" + bytes(16)


def sweep_of(spec: JobSpec) -> Sweep:
    sweep, findings = expand(spec, load_catalog())
    assert findings == []
    assert sweep is not None
    return sweep


def sent(spec: JobSpec) -> dict[str, ParamValue]:
    """The only request's parameters, but for those that every request here has."""
    (cell,) = sweep_of(spec).cells
    return {k: v for k, v in cell.task.request.params.items() if k not in ("prompt", "seed", "width", "height")}


def test_what_a_model_does_not_know_is_left_out_where_the_job_says_so(job: MakeJob) -> None:
    axes = {"model": ["flux-pro-1.1", "flux-2-flex"], "steps": [20, 30]}
    spec = job(axes=axes, params={"guidance": 3}, on_unsupported="drop")
    sweep = sweep_of(spec)
    assert [
        (request.model, request.params.get("steps"), "guidance" in request.params) for request in sweep.tasks().values()
    ] == [
        ("flux-pro-1.1", None, False),
        ("flux-2-flex", 20, True),
        ("flux-2-flex", 30, True),
    ]
    assert len(sweep.cells) == 4
    assert sweep.notes[:2] == ["`guidance` is left out on flux-pro-1.1", "`steps` is left out on flux-pro-1.1"]
    assert "4 cells come to 3 tasks" in sweep.notes[2]
    assert findings_of(spec.model_copy(update={"on_unsupported": "error"}))


def findings_of(spec: JobSpec) -> list[Finding]:
    sweep, findings = expand(spec, load_catalog())
    assert sweep is None
    return findings


def test_a_models_own_params_lie_over_the_jobs_and_below_overrides(job: MakeJob) -> None:
    spec = job(
        axes={"model": ["flux-2-flex", "flux-dev"], "seed": [1, 2]},
        params={"steps": 20, "guidance": 3},
        models={"flux-2-flex": ModelOptions(params={"steps": 36, "guidance": None})},
        overrides=[({"seed": 2}, {"steps": 48})],
    )
    found = [(r.model, r.params["steps"], r.params.get("guidance")) for r in sweep_of(spec).tasks().values()]
    assert found == [("flux-2-flex", 36, None), ("flux-2-flex", 48, None), ("flux-dev", 20, 3), ("flux-dev", 48, 3)]


def test_a_parameter_that_reaches_no_request_is_noted(job: MakeJob) -> None:
    axes = {"model": ["flux-2-flex", "flux-dev"], "guidance": {"values": [2, 3], "when": {"model": "flux-2-flex"}}}
    spec = job(axes=axes, params={"guidance": 4}, models={"flux-2-flex": ModelOptions(params={"guidance": 5})})
    assert sweep_of(spec).notes == [
        "models.flux-2-flex.params.guidance reaches no request: what stands above it is set in every cell"
    ]


def test_overrides_lie_over_params_in_their_order_and_axes_over_all(job: MakeJob) -> None:
    spec = job(
        params={"steps": 10, "guidance": 2, "output_format": "png"},
        overrides=[({"seed": 1}, {"steps": 20, "guidance": 3}), ({"model": "flux-2-flex"}, {"guidance": 4.0})],
        axes={"output_format": ["webp"]},
        upsampling="as-is",
    )
    assert sent(spec) == {"steps": 20, "guidance": 4, "output_format": "webp"}


@pytest.mark.parametrize("place", ["axes", "overrides"])
def test_null_leaves_a_parameter_out(job: MakeJob, place: str) -> None:
    more: dict[str, Any] = {"axes": {"steps": [None]}, "overrides": [({"seed": 1}, {"steps": None})]}
    assert sent(job(params={"steps": 10}, upsampling="as-is", **{place: more[place]})) == {}


def test_no_default_of_the_catalog_is_sent(job: MakeJob) -> None:
    (cell,) = sweep_of(job(axes={"model": ["flux-dev"], "size": ["auto"]})).cells
    assert cell.task.request.params == {"prompt": "a teapot", "seed": 1}


@pytest.mark.parametrize(
    ("model", "upsampling", "expected"),
    [
        ("flux-2-flex", "off", {"prompt_upsampling": False}),
        ("flux-2-flex", "on", {}),
        ("flux-2-flex", "as-is", {}),
        ("flux-2-pro", "off", {"disable_pup": True}),
        ("flux-2-max", "off", {"disable_pup": True}),
        ("flux-2-max", "on", {}),
        ("flux-2-pro", "as-is", {}),
        ("flux-dev", "off", {}),
        ("flux-dev", "on", {"prompt_upsampling": True}),
        ("flux-dev", "as-is", {}),
    ],
)
def test_rewriting_is_off_unless_the_job_says_so(
    job: MakeJob, model: str, upsampling: str, expected: dict[str, Any]
) -> None:
    assert sent(job(axes={"model": [model]}, upsampling=upsampling)) == expected


def test_what_the_job_says_of_rewriting_is_kept(job: MakeJob) -> None:
    assert sent(job(params={"prompt_upsampling": True})) == {"prompt_upsampling": True}
    axes = {"prompt_upsampling": [True, False]}
    assert [cell.task.request.params["prompt_upsampling"] for cell in sweep_of(job(axes=axes)).cells] == [True, False]


def test_a_size_that_parameters_ask_for_is_shown(job: MakeJob) -> None:
    (cell,) = sweep_of(job(axes={"size": ["auto"]}, params={"width": 512, "height": 768})).cells
    assert cell.sent_size == "512x768"
    (cell,) = sweep_of(job(axes={"size": ["auto"], "model": ["flux-kontext-pro"], "aspect_ratio": ["3:2"]})).cells
    assert cell.sent_size == "3:2"


@pytest.mark.parametrize(
    ("more", "found"),
    [
        (
            {"params": {"steps": 30}, "axes": {"model": ["flux-2-flex", "flux-2-pro", "flux-pro-1.1"]}},
            [
                Finding(
                    ("params", "steps"),
                    "there is no parameter `steps` on `flux-2-pro`, `flux-pro-1.1`",
                    hint="set it under `models`, for those that take it",
                )
            ],
        ),
        (
            {"axes": {"steps": [20, 30], "model": ["flux-2-flex", "flux-2-pro"]}},
            [
                Finding(
                    ("matrix", "steps"),
                    "there is no parameter `steps` on `flux-2-pro`",
                    hint="confine the axis by `when`, exclude these cells, or give them null",
                )
            ],
        ),
        (
            {"overrides": [({"seed": 1}, {"raw": True})]},
            [
                Finding(
                    ("overrides", 0, "set", "raw"),
                    "there is no parameter `raw` on `flux-2-flex`",
                    hint="let `match` name the models that take it",
                )
            ],
        ),
        (
            {"axes": {"steps": [50, 51], "seed": [1, 2, 3]}},
            [Finding(("matrix", "steps", 1), "`51` is out of range on `flux-2-flex`", "an integer from 1 to 50")],
        ),
        (
            {"axes": {"arm": [{"id": "a", "guidance": 2}, {"id": "b", "guidance": "high"}]}},
            [
                Finding(
                    ("matrix", "arm", 1, "guidance"),
                    "`high` cannot be `guidance` on `flux-2-flex`",
                    "a number from 1.5 to 10",
                )
            ],
        ),
        (
            {"axes": {"steps": [20]}, "include": [{"steps": 60}]},
            [
                Finding(
                    ("matrix", "include", 0, "steps"),
                    "`60` is out of range on `flux-2-flex`",
                    "an integer from 1 to 50",
                )
            ],
        ),
        (
            {"axes": {"steps": [20]}, "include": [{"model": "flux-2-pro", "steps": 25}]},
            [
                Finding(
                    ("matrix", "include", 0, "steps"),
                    "there is no parameter `steps` on `flux-2-pro`",
                    hint="exclude these cells, or give them null",
                )
            ],
        ),
        (
            {"axes": {"model": ["flux-2-flex", "flux-pro-1.0-fill"], "size": ["auto"]}},
            [
                Finding(
                    ("matrix", "model", 1),
                    "`image` is missing on `flux-pro-1.0-fill`",
                    "an image, as base64 or a URL",
                )
            ],
        ),
        (
            {"axes": {"model": ["flux-dev", "flux-pro"], "size": ["1024x1024", "1000x1000"]}},
            [
                Finding(
                    ("matrix", "size", 1),
                    "exactly 1000x1000 cannot be had on `flux-dev`, `flux-pro`",
                    "sides in steps of 32 from 256 to 1440",
                    "the nearest is 992x992",
                )
            ],
        ),
        (
            {"params": {"safety_tolerance": 6}, "axes": {"model": ["flux-2-flex", "flux-dev", "flux-2-pro"]}},
            [
                Finding(
                    ("params", "safety_tolerance"),
                    "`6` is out of range on `flux-2-flex`, `flux-2-pro`",
                    "an integer from 0 to 5",
                )
            ],
        ),
        (
            {"params": {"safety_tolerance": 7}, "axes": {"model": ["flux-2-flex", "flux-dev", "flux-2-pro"]}},
            [
                Finding(
                    ("params", "safety_tolerance"),
                    "`7` is out of range on `flux-2-flex`, `flux-dev`, `flux-2-pro`",
                    "an integer from 0 to 5 (`flux-2-flex`, …), an integer from 0 to 6 (`flux-dev`)",
                )
            ],
        ),
        (
            {"params": {"width": 512}},
            [Finding(("params", "width"), "`width` is also set by `size`", hint="keep one of them")],
        ),
        (
            {"overrides": [({"seed": 1, "model": "flux-2-pro"}, {"steps": 3})], "axes": {"model": ["flux-2-flex"]}},
            [
                Finding(
                    ("overrides", 0, "match"),
                    "this override matches no cell",
                    "",
                    "remove it, or mend its values",
                    True,
                )
            ],
        ),
        (
            {"params": {"input_image": "bm90IGEgcGljdHVyZSBhdCBhbGw="}},
            [Finding(("params", "input_image"), "this is no picture", "base64 of a PNG, JPEG or WebP, or a URL")],
        ),
    ],
)
def test_a_mistake_is_said_once_where_the_value_came_from(
    job: MakeJob, more: dict[str, Any], found: list[Finding]
) -> None:
    assert findings_of(job(**more)) == found


def test_a_second_picture_without_the_first_is_refused_once(job: MakeJob) -> None:
    url = "https://example.com/a.png"
    (found,) = findings_of(job(axes={"model": ["flux-2-pro"]}, params={"input_image_2": url, "input_image_3": url}))
    assert (found.path, found.hint) == (("params", "input_image_2"), "give the first as `input_image`")
    apart = job(axes={"model": ["flux-2-pro"]}, params={"input_image": url, "input_image_3": url})
    assert set(sent(apart)) == {"input_image", "input_image_3", "disable_pup"}


def test_all_mistakes_are_said_together(job: MakeJob) -> None:
    spec = job(
        {"plain": "a {{ thing }}", "bad": "a {{ thing + 1 }}"},
        {"thing": ["teapot"], "steps": [60, 20], "size": ["1000x1000", "512x512"]},
        exclude=[{"seed": 7}],
    )
    assert [found.path for found in findings_of(spec)] == [
        ("matrix", "exclude", 0),
        ("matrix", "size", 0),
        ("matrix", "steps", 0),
        ("prompts", "bad"),
    ]


def test_a_model_that_the_provider_does_not_serve_is_a_finding(job: MakeJob) -> None:
    catalog = load_catalog()
    flex = catalog.provider("cometapi").model_copy(update={"models": {"flux-2-flex": Served()}})
    narrow = type(catalog)({"cometapi": flex}, catalog.models)
    _, findings = expand(job(axes={"model": ["flux-2-flex", "flux-2-pro"]}), narrow)
    assert findings == [Finding(("matrix", "model", 1), "`cometapi` does not serve `flux-2-pro`")]


@pytest.mark.parametrize("prefix", ["", "data:image/gif;base64,"])
@pytest.mark.parametrize(("picture", "media_type"), [(PNG, "image/png"), (JPEG, "image/jpeg")])
def test_base64_is_sent_as_a_reference_and_its_bytes_are_kept_once(
    job: MakeJob, prefix: str, picture: bytes, media_type: str
) -> None:
    text = prefix + base64.b64encode(picture).decode()
    sha256 = hashlib.sha256(picture).hexdigest()
    sweep = sweep_of(job(axes={"input_image": [text], "seed": [1, 2]}))
    assert sweep.inputs == {sha256: picture}
    assert {cell.task.request.params["input_image"] for cell in sweep.cells} == {ImageRef(sha256, media_type)}
    assert {cell.axes["input_image"] for cell in sweep.cells} == {f"sha256:{sha256}"}


def test_an_input_image_in_a_compound_value_is_recorded_by_its_content(job: MakeJob) -> None:
    text = base64.b64encode(PNG).decode()
    (cell,) = sweep_of(job({"p": "{{ pose }}"}, {"shot": [{"id": "a", "input_image": text, "pose": "left"}]})).cells
    assert cell.axes["shot"] == {"id": "a", "input_image": f"sha256:{hashlib.sha256(PNG).hexdigest()}", "pose": "left"}


def test_a_url_is_sent_as_it_is(job: MakeJob) -> None:
    url = "https://example.com/a.png"
    assert sent(job(params={"input_image": url}, upsampling="as-is")) == {"input_image": url}
