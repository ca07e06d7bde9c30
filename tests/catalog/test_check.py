"""Parameters against a model: each mistake is said once, with what would be right."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.catalog.check import check_params, coerce, describe
from pipeline.catalog.load import load_catalog
from pipeline.catalog.model import Param
from pipeline.task.request import ImageRef, ParamValue

PNG = ImageRef("0" * 64, "image/png")


def mistakes(model: str, **params: ParamValue) -> dict[str, str]:
    """The mistakes in `params` beside a good prompt: message, expected and hint by parameter."""
    found = check_params(load_catalog().model(model), {"prompt": "a teapot", **params})
    assert len({mismatch.parameter for mismatch in found}) == len(found)
    return {mismatch.parameter: "; ".join(mismatch[1:]) for mismatch in found}


@pytest.mark.parametrize(
    ("model", "params"),
    [
        ("flux-2-flex", {"steps": 36, "guidance": 4.5, "prompt_upsampling": False, "width": 1344, "height": 768}),
        ("flux-2-flex", {"guidance": 2, "safety_tolerance": 5, "output_format": "webp"}),
        ("flux-2-pro", {"input_image": PNG, "input_image_2": "https://example.com/a.png", "disable_pup": True}),
        ("flux-2-pro", {"width": 2048, "height": 2048}),
        ("flux-pro-1.1", {"width": 1440, "height": 256, "safety_tolerance": 6, "seed": 0}),
        ("flux-pro-1.1-ultra", {"aspect_ratio": "21:9", "raw": True, "image_prompt_strength": 0}),
        ("flux-pro-1.0-fill", {"image": PNG, "guidance": 60.5}),
    ],
)
def test_a_good_request_has_no_mistake(model: str, params: dict[str, ParamValue]) -> None:
    assert mistakes(model, **params) == {}


@pytest.mark.parametrize(
    ("model", "params", "said"),
    [
        ("flux-2-flex", {"step": 30}, "there is no parameter `step`; ; did you mean `steps`?"),
        ("flux-2-pro", {"steps": 30}, "there is no parameter `steps`"),
        ("flux-pro-1.1", {"raw": True}, "there is no parameter `raw`"),
        ("flux-2-flex", {"steps": 51}, "`51` is out of range; an integer from 1 to 50"),
        ("flux-2-flex", {"steps": 0}, "an integer from 1 to 50"),
        ("flux-2-flex", {"steps": 1.5}, "`1.5` cannot be `steps`"),
        ("flux-2-flex", {"steps": "30"}, "an integer from 1 to 50"),
        ("flux-2-flex", {"steps": True}, "true cannot be"),
        ("flux-2-flex", {"guidance": 10.01}, "a number from 1.5 to 10"),
        ("flux-2-flex", {"guidance": float("nan")}, "`nan` cannot be"),
        ("flux-2-flex", {"prompt_upsampling": 0}, "true or false"),
        ("flux-2-flex", {"safety_tolerance": 6}, "an integer from 0 to 5"),
        ("flux-pro", {"output_format": "webp"}, "one of jpeg, png"),
        ("flux-pro-1.1", {"width": 1000}, "a multiple of 32 from 256 to 1440"),
        ("flux-2-pro", {"width": 63}, "an integer, at least 64"),
        ("flux-2-pro", {"height": 0}, "an integer, at least 64"),
        ("flux-2-pro", {"width": 1000}, "a side of 1000 would be resized; a multiple of 16"),
        ("flux-2-pro", {"width": 2064, "height": 2048}, "2064x2048 would be resized; at most 4 MP"),
        ("flux-2-pro", {"seed": 1 << 63}, "cannot be `seed`; an integer"),
        ("flux-pro-1.1-ultra", {"aspect_ratio": "22:9"}, "`22:9` is out of range; a shape from 21:9 to 9:21"),
        ("flux-kontext-pro", {"aspect_ratio": "wide"}, "a shape from 21:9 to 9:21"),
        ("flux-2-pro", {"input_image": 7}, "an image, as base64 or a URL"),
        ("flux-2-pro", {"output_format": PNG}, "an image cannot be"),
    ],
)
def test_a_mistake_is_said_once_with_what_would_be_right(model: str, params: dict[str, ParamValue], said: str) -> None:
    found = mistakes(model, **params)
    assert list(found) == [next(iter(params))]
    assert said in found[next(iter(params))]


def test_what_a_model_needs_is_missed() -> None:
    found = check_params(load_catalog().model("flux-pro-1.0-fill"), {"prompt": "a teapot"})
    assert [(mismatch.parameter, mismatch.message) for mismatch in found] == [("image", "`image` is missing")]


@given(st.integers(min_value=-(2**40), max_value=2**40))
def test_an_integral_float_is_sent_as_its_integer(number: int) -> None:
    sent = coerce(float(number))
    assert (type(sent), sent) == (int, number)


@given(st.floats(allow_nan=False, allow_infinity=False).filter(lambda number: not number.is_integer()))
def test_a_number_that_is_not_integral_is_sent_as_it_is(number: float) -> None:
    assert coerce(number) == number


def test_text_is_sent_with_lf_and_no_outer_space() -> None:
    assert coerce(" a\r\nb\rc \n") == "a\nb\nc"


@pytest.mark.parametrize("value", [True, False])
def test_a_boolean_stays_one(value: bool) -> None:
    assert coerce(value) is value


def test_a_parameter_without_bounds_is_described_by_its_kind() -> None:
    assert describe(Param(type="string")) == "text"
