"""Each figure against pictures of which it is known, and against its own definition worked out slowly."""

from __future__ import annotations

import math
import statistics
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFilter

from pipeline.images.alike import distance
from pipeline.images.metrics import MEASURED, measure

sides = st.integers(1, 9)


def drawn(width: int = 1024, height: int = 768) -> Image.Image:
    """A picture with forms, edges and colours."""
    image = Image.radial_gradient("L").resize((width, height)).convert("RGB")
    pen = ImageDraw.Draw(image)
    pen.ellipse((width * 0.1, height * 0.2, width * 0.5, height * 0.9), fill="#c03020")
    pen.polygon(
        [(width * 0.6, height * 0.1), (width * 0.95, height * 0.5), (width * 0.7, height * 0.8)], fill="#2040a0"
    )
    return image


@st.composite
def small_pictures(draw: st.DrawFn) -> Image.Image:
    width, height = draw(sides), draw(sides)
    return Image.frombytes(
        "RGB", (width, height), draw(st.binary(min_size=3 * width * height, max_size=3 * width * height))
    )


@settings(max_examples=60)
@given(image=small_pictures())
def test_figures_are_what_their_definitions_say(image: Image.Image) -> None:
    pixels = list(zip(*(channel.tobytes() for channel in image.split()), strict=True))
    luma = list(image.convert("L").tobytes())
    found = measure(image)
    assert found.brightness == pytest.approx(statistics.fmean(luma) / 255, abs=1e-4)
    assert found.contrast == pytest.approx(statistics.pstdev(luma) / 255, abs=1e-4)
    red_green = [red - green for red, green, _ in pixels]
    yellow_blue = [(red + green) / 2 - blue for red, green, blue in pixels]
    deviation = math.hypot(statistics.pstdev(red_green), statistics.pstdev(yellow_blue))
    mean = math.hypot(statistics.fmean(red_green), statistics.fmean(yellow_blue))
    assert found.colourfulness == pytest.approx(deviation + 0.3 * mean, abs=0.01)
    width, height = image.size
    laplacian = [
        luma[at - 1] + luma[at + 1] + luma[at - width] + luma[at + width] - 4 * luma[at]
        for at in (y * width + x for y in range(1, height - 1) for x in range(1, width - 1))
    ]
    assert found.sharpness == pytest.approx(statistics.pvariance(laplacian) if laplacian else 0, abs=0.01)


@pytest.mark.parametrize(
    ("colour", "brightness", "shown"),
    [("black", 0, "#000000"), ("white", 1, "#ffffff"), ("#ff0000", 0.298, "#ff0000"), ("#808080", 0.502, "#808080")],
)
def test_one_colour_is_blank_and_has_it(colour: str, brightness: float, shown: str) -> None:
    found = measure(Image.new("RGB", (640, 480), colour))
    assert (found.blank, found.contrast, found.sharpness, found.colour) == (True, 0, 0, shown)
    assert found.brightness == pytest.approx(brightness, abs=0.001)
    assert (found.colourfulness > 0) == (colour == "#ff0000")


def test_what_shows_something_is_not_blank() -> None:
    faint = Image.new("RGB", (640, 480), "#202020")
    ImageDraw.Draw(faint).rectangle((100, 100, 300, 300), fill="#303030")
    assert not measure(faint).blank
    of_one_luma = Image.new("RGB", (100, 100), "#800000")
    ImageDraw.Draw(of_one_luma).rectangle((0, 0, 50, 100), fill="#004100")
    assert not measure(of_one_luma).blank


def test_blur_lowers_sharpness_and_greying_colourfulness() -> None:
    image = drawn()
    blurred = measure(image.filter(ImageFilter.GaussianBlur(8)))
    assert blurred.sharpness < measure(image).sharpness / 2
    grey = measure(image.convert("L"))
    assert grey.colourfulness == 0 < 45 < measure(image).colourfulness


def test_size_and_coding_change_little() -> None:
    image = drawn()
    file = BytesIO()
    image.resize((640, 480), Image.Resampling.LANCZOS).save(file, "JPEG", quality=70)
    one, other = measure(image), measure(Image.open(file))
    assert distance(one.phash, other.phash) <= 3
    assert other.brightness == pytest.approx(one.brightness, abs=0.01)
    assert other.contrast == pytest.approx(one.contrast, abs=0.01)
    assert other.sharpness == pytest.approx(one.sharpness, rel=0.35)


@pytest.mark.parametrize("size", [(1, 1), (2000, 3), (3, 2000), (MEASURED, MEASURED + 1), (255, 100)])
def test_any_shape_is_measured(size: tuple[int, int]) -> None:
    assert len(measure(Image.effect_noise(size, 40)).phash) == 16


def test_another_picture_has_another_hash() -> None:
    image = drawn()
    assert distance(measure(image).phash, measure(image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)).phash) > 16
