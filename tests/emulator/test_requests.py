"""What is taken and what is a 422, field by field; and the size that a request gets."""

from __future__ import annotations

import base64
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pipeline.catalog.load import load_catalog
from pipeline.emulator.checks import check
from pipeline.emulator.replicate import catalog_name, flat_body, seconds_to_wait
from pipeline.emulator.sizes import MAX_PIXELS, picture_size
from pipeline.emulator.wording import is_rewritten, returned_prompt

MODELS = load_catalog().models


def picture(width: int = 320, height: int = 256) -> str:
    file = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


@pytest.mark.parametrize(
    ("model", "body", "field", "kind"),
    [
        ("flux-pro-1.1", {"width": 1000}, "width", "multiple_of"),
        ("flux-pro-1.1", {"width": 224}, "width", "greater_than_equal"),
        ("flux-pro-1.1", {"height": 1472}, "height", "less_than_equal"),
        ("flux-pro-1.1", {"width": "wide"}, "width", "int_type"),
        ("flux-pro-1.1", {"width": None}, "width", "int_type"),
        ("flux-pro-1.1", {"width": True}, "width", "int_type"),
        ("flux-pro-1.1", {"seed": 1.5}, "seed", "int_type"),
        ("flux-pro-1.1", {"prompt": 3}, "prompt", "string_type"),
        ("flux-pro-1.1", {"prompt_upsampling": "yes"}, "prompt_upsampling", "bool_type"),
        ("flux-pro-1.1", {"output_format": "gif"}, "output_format", "enum"),
        ("flux-pro-1.1", {"safety_tolerance": 7}, "safety_tolerance", "less_than_equal"),
        ("flux-pro-1.1", {"image_prompt": "no picture"}, "image_prompt", "value_error"),
        ("flux-pro-1.1", {"webhook_url": "nowhere"}, "webhook_url", "url_parsing"),
        ("flux-2-flex", {}, "prompt", "missing"),
        ("flux-2-flex", {"prompt": "a", "safety_tolerance": 6}, "safety_tolerance", "less_than_equal"),
        ("flux-2-flex", {"prompt": "a", "width": 0}, "width", "greater_than_equal"),
        ("flux-2-flex", {"prompt": "a", "steps": 51}, "steps", "less_than_equal"),
        ("flux-2-flex", {"prompt": "a", "guidance": "x"}, "guidance", "float_type"),
        ("flux-dev", {"steps": 0}, "steps", "greater_than_equal"),
        ("flux-pro-1.1-ultra", {"aspect_ratio": "22:9"}, "aspect_ratio", "value_error"),
        ("flux-pro-1.1-ultra", {"aspect_ratio": "1:0"}, "aspect_ratio", "value_error"),
        ("flux-kontext-pro", {"prompt": "a", "aspect_ratio": "wide"}, "aspect_ratio", "value_error"),
        ("flux-pro-1.0-fill", {}, "image", "missing"),
        ("flux-pro-1.0-fill", {"image": ""}, "image", "value_error"),
        ("flux-pro-1.0-fill", {"image": picture(320, 128)}, "image", "value_error"),
        ("flux-pro-1.0-depth", {"prompt": "a"}, "control_image", "missing"),
        ("flux-pro", {"output_format": "webp"}, "output_format", "enum"),
    ],
)
def test_a_wrong_field_is_named(model: str, body: dict[str, Any], field: str, kind: str) -> None:
    details = check(MODELS[model], body)
    assert [(detail["loc"], detail["type"]) for detail in details] == [(["body", field], kind)]
    assert details[0]["msg"]


@pytest.mark.parametrize(
    ("model", "body"),
    [
        ("flux-pro-1.1", {"prompt": "", "image_prompt": "", "webhook_url": "", "webhook_secret": ""}),
        ("flux-pro-1.1", {"nonsense": object(), "steps": 9999, "negative_prompt": "x"}),
        ("flux-pro-1.1", {"prompt": None, "seed": None, "output_format": None}),
        ("flux-pro-1.1", {"width": 512.0, "image_prompt": "https://example.com/a.png"}),
        ("flux-2-flex", {"prompt": "a", "width": 1000, "height": 70, "image_prompt": ""}),
        ("flux-2-pro", {"prompt": "a", "input_image": "data:image/png;base64," + picture()}),
        ("flux-pro-1.0-canny", {"prompt": "a", "control_image": picture()}),
    ],
)
def test_what_upstream_takes_is_taken(model: str, body: dict[str, Any]) -> None:
    assert check(MODELS[model], body) == []


def test_every_mistake_is_told_at_once() -> None:
    details = check(MODELS["flux-2-flex"], {"width": 3, "seed": "x"})
    assert sorted(detail["loc"][1] for detail in details) == ["prompt", "seed", "width"]


@pytest.mark.parametrize(
    ("model", "body", "size"),
    [
        ("flux-pro-1.1", {}, (1024, 768)),
        ("flux-pro-1.1", {"width": 512}, (512, 768)),
        ("flux-2-pro", {}, (1024, 1024)),
        ("flux-2-pro", {"width": 1000, "height": 70}, (1000, 70)),
        ("flux-pro-1.1-ultra", {}, (2752, 1536)),
        ("flux-kontext-pro", {}, (1024, 1024)),
        ("flux-kontext-pro", {"aspect_ratio": "16:9"}, (1360, 768)),
    ],
)
def test_sizes_are_as_asked_or_the_models_own(model: str, body: dict[str, Any], size: tuple[int, int]) -> None:
    assert picture_size(MODELS[model], body, None) == size


def test_tools_take_the_size_of_their_input() -> None:
    assert picture_size(MODELS["flux-pro-1.0-fill"], {}, (640, 384)) == (640, 384)
    assert picture_size(MODELS["flux-kontext-pro"], {}, (1200, 600)) == (1456, 720)


@given(st.integers(64, 20_000), st.integers(64, 20_000))
def test_flux_2_is_never_larger_than_four_megapixels(width: int, height: int) -> None:
    got = picture_size(MODELS["flux-2-max"], {"width": width, "height": height}, None)
    assert got[0] * got[1] <= MAX_PIXELS
    assert width * height > MAX_PIXELS or got == (width, height)


@pytest.mark.parametrize(
    ("model", "fields", "rewritten"),
    [
        ("flux-pro-1.1", {}, False),
        ("flux-pro-1.1", {"prompt_upsampling": True}, True),
        ("flux-2-flex", {}, True),
        ("flux-2-flex", {"prompt_upsampling": False}, False),
        ("flux-2-pro", {}, True),
        ("flux-2-pro", {"disable_pup": True}, False),
    ],
)
def test_prompts_are_rewritten_where_the_service_does(model: str, fields: dict[str, Any], rewritten: bool) -> None:
    assert is_rewritten(MODELS[model], fields) is rewritten
    told = returned_prompt(MODELS[model], fields | {"prompt": "a teapot"}, 1)
    assert told.startswith("a teapot")
    assert (told != "a teapot") is rewritten


def test_replicates_words_are_translated() -> None:
    assert catalog_name("flux-1.1-pro") == "flux-pro-1.1"
    assert catalog_name("flux-2-pro") == "flux-2-pro"
    asked = {"input": {"prompt": "a", "output_format": "jpg", "aspect_ratio": "1:1"}, "webhook": "http://x/"}
    assert flat_body(MODELS["flux-pro-1.1"], asked) == {
        "prompt": "a",
        "output_format": "jpeg",
        "aspect_ratio": "1:1",
        "width": 1024,
        "height": 1024,
        "webhook_url": "http://x/",
    }
    images = flat_body(MODELS["flux-2-pro"], {"input": {"input_images": ["one", "two"]}})
    assert images == {"input_image": "one", "input_image_2": "two"}


@pytest.mark.parametrize(("prefer", "seconds"), [("", 0), ("wait", 60), ("wait=5", 5), ("wait=999", 60)])
def test_prefer_wait_is_read(prefer: str, seconds: int) -> None:
    assert seconds_to_wait(prefer) == seconds
