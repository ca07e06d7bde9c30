"""Sizes in the job's words against each kind of model."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.catalog.check import Mismatch, check_params
from pipeline.catalog.load import load_catalog
from pipeline.sweep.sizes import TOLERANCE, Sent, resolve_size

BY_PIXELS = [model.name for model in load_catalog().models.values() if model.size_control == "width_height"]


@pytest.mark.parametrize(
    ("model", "word", "shown"),
    [
        ("flux-pro-1.1", "auto", "auto"),
        ("flux-pro-1.1", "1344x768", "1344x768"),
        ("flux-pro-1.1", "256x1440", "256x1440"),
        ("flux-2-pro", "1920x1088", "1920x1088"),
        ("flux-2-flex", "2048x2048", "2048x2048"),
        ("flux-pro-1.1", "1:1", "1024x1024"),
        ("flux-pro-1.1", "16:9", "1344x768"),
        ("flux-pro-1.1", "9:16", "768x1344"),
        ("flux-pro-1.1", "21:9", "1440x608"),
        ("flux-dev", "3:2", "1248x832"),
        ("flux-2-pro", "1:1", "1024x1024"),
        ("flux-2-pro", "16:9", "1360x768"),
        ("flux-2-pro", "16:9@2MP", "1920x1088"),
        ("flux-2-pro", "1:1@4MP", "2048x2048"),
        ("flux-2-pro", "1:1@0.25MP", "512x512"),
        ("flux-pro-1.1-ultra", "16:9", "16:9"),
        ("flux-pro-1.1-ultra", "21:9", "21:9"),
        ("flux-kontext-max", "9:21", "9:21"),
        ("flux-pro-1.0-fill", "auto", "auto"),
    ],
)
def test_a_size_that_can_be_had(model: str, word: str, shown: str) -> None:
    sent = resolve_size(load_catalog().model(model), word)
    assert isinstance(sent, Sent)
    assert sent.shown == shown
    by_pixels = [f"{sent.params['width']}x{sent.params['height']}"] if "width" in sent.params else []
    assert [*by_pixels, *(v for k, v in sent.params.items() if k == "aspect_ratio")] == [shown] * (shown != "auto")


@pytest.mark.parametrize(
    ("model", "word", "said"),
    [
        ("flux-pro-1.1", "1000x1000", "the nearest is 992x992"),
        ("flux-pro-1.1", "1920x1080", "the nearest is 1440x1088"),
        ("flux-pro-1.1", "64x64", "the nearest is 256x256"),
        ("flux-2-pro", "1000x750", "the nearest is 992x752"),
        ("flux-2-pro", "4000x3000", "the nearest is 2352x1776"),
        ("flux-2-pro", "64x70000", "the nearest is 64x65536"),
        ("flux-pro-1.1-ultra", "1344x768", "the nearest shape is `16:9`"),
        ("flux-kontext-pro", "3000x100", "the nearest shape is `21:9`"),
        ("flux-pro-1.1-ultra", "16:9@2MP", "ask for `16:9`"),
        ("flux-pro-1.1-ultra", "22:9", "a shape from 21:9 to 9:21"),
        ("flux-pro-1.1", "16:9@4MP", "the nearest is 1440x800"),
        ("flux-pro-1.1", "1:30", "within 2%"),
        ("flux-pro-1.0-fill", "1024x1024", "the size comes from `image`"),
        ("flux-pro-1.0-depth", "1:1", "the size comes from `control_image`"),
    ],
)
def test_a_size_that_cannot_be_had_names_what_can(model: str, word: str, said: str) -> None:
    mismatch = resolve_size(load_catalog().model(model), word)
    assert isinstance(mismatch, Mismatch)
    assert said in "; ".join(mismatch)


@given(st.sampled_from(BY_PIXELS), st.integers(1, 40), st.integers(1, 40), st.sampled_from(["", "@0.5MP", "@1MP"]))
def test_a_shape_is_kept_within_tolerance_and_asks_for_what_the_model_takes(
    name: str, width: int, height: int, area: str
) -> None:
    model = load_catalog().model(name)
    sent = resolve_size(model, f"{width}:{height}{area}")
    if isinstance(sent, Sent):
        assert check_params(model, {"prompt": "a teapot", **sent.params}) == []
        wide, high = sent.params["width"], sent.params["height"]
        assert isinstance(wide, int)
        assert isinstance(high, int)
        assert abs(wide * height / (high * width) - 1) <= TOLERANCE


@given(st.sampled_from(BY_PIXELS), st.integers(1, 5000), st.integers(1, 5000))
def test_pixels_are_had_exactly_or_the_nearest_that_is_named_can_be(name: str, width: int, height: int) -> None:
    model = load_catalog().model(name)
    sent = resolve_size(model, f"{width}x{height}")
    if isinstance(sent, Sent):
        assert sent.params == {"width": width, "height": height}
        assert check_params(model, {"prompt": "a teapot", **sent.params}) == []
    else:
        nearest = sent.hint.rpartition(" ")[2]
        assert isinstance(resolve_size(model, nearest), Sent)


def test_a_text_that_is_no_size_is_refused() -> None:
    with pytest.raises(ValueError, match="not a size"):
        resolve_size(load_catalog().model("flux-dev"), "large")
