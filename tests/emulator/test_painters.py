"""The painters: exact, repeatable, and different where the request is."""

from __future__ import annotations

import base64
import io
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from pipeline.catalog.load import load_catalog
from pipeline.emulator.painters import flat, scene
from pipeline.emulator.painters.looks import LOOKS
from pipeline.emulator.painters.palette import oklch, palette_of
from pipeline.emulator.painters.picture import Picture
from pipeline.emulator.painters.reading import MOODS, SUBJECTS, SURFACES, read

PAINTERS = {"flat": flat.paint, "scene": scene.paint}


def picture(prompt: str = "a teapot on oak", **changes: object) -> Picture:
    fields: dict[str, object] = {"digest": "d", "model": "flux-dev", "seed": 1, "width": 320, "height": 256}
    return Picture(**(fields | {"prompt": prompt, "format": "png"} | changes))  # type: ignore[arg-type]


def pixels(data: bytes) -> np.ndarray[tuple[int, ...], np.dtype[np.int16]]:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(np.int16)


def encoded(color: str, size: tuple[int, int] = (300, 260)) -> str:
    file = io.BytesIO()
    Image.new("RGB", size, color).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


@pytest.mark.parametrize("name", PAINTERS)
@pytest.mark.parametrize("shown", ["jpeg", "png", "webp"])
@pytest.mark.parametrize("size", [(256, 256), (64, 1440), (1440, 64), (511, 333)])
def test_size_and_format_are_exact(name: str, shown: str, size: tuple[int, int]) -> None:
    data = PAINTERS[name](picture(width=size[0], height=size[1], format=shown))
    with Image.open(io.BytesIO(data)) as image:
        assert (image.size, image.format) == (size, shown.upper())
        image.load()


@pytest.mark.parametrize("name", PAINTERS)
def test_the_same_picture_is_the_same_bytes(name: str) -> None:
    assert PAINTERS[name](picture()) == PAINTERS[name](picture())


def test_flat_pictures_differ_by_request_and_by_seed() -> None:
    drawn = {flat.paint(picture(digest=digest, seed=seed)) for digest in "ab" for seed in (1, 2)}
    assert len(drawn) == 4


def test_prompts_models_and_seeds_are_told_apart_at_thumbnail_size() -> None:
    prompts = ("a red teapot on marble", "a lake in the mountains", "portrait of a baker")
    thumbnails = {}
    for prompt, model, seed in itertools.product(prompts, ("flux-pro-1.1", "flux-2-flex", "flux-kontext-max"), (1, 2)):
        image = scene.poster(picture(prompt, model=model, seed=seed, width=512, height=384))
        thumbnails[prompt, model, seed] = np.asarray(image.resize((64, 48))).astype(np.int16)
    for one, other in itertools.combinations(thumbnails.values(), 2):
        assert np.abs(one - other).mean() > 4


@pytest.mark.parametrize("subject", [*SUBJECTS, ""])
@pytest.mark.parametrize("seed", [1, 2])
def test_every_subject_is_painted_in_its_own_way(subject: str, seed: int) -> None:
    painted = pixels(scene.paint(picture(subject, seed=seed)))
    assert painted.std() > 15
    other = pixels(scene.paint(picture("robot" if subject != "robot" else "cat", seed=seed)))
    assert np.abs(painted - other).mean() > 4


@pytest.mark.parametrize("model", [*load_catalog().models, "a-model-of-tomorrow"])
def test_every_model_has_a_look(model: str) -> None:
    assert (model in LOOKS) is (model != "a-model-of-tomorrow")
    others = [pixels(scene.paint(picture(model=other))) for other in LOOKS if other != model]
    painted = pixels(scene.paint(picture(model=model)))
    assert all(np.abs(painted - other).mean() > 2 for other in others)


@pytest.mark.parametrize("words", [*MOODS, *SURFACES, "window", "dramatic", "soft"])
def test_moods_surfaces_and_lights_change_the_picture(words: str) -> None:
    word = (MOODS | SURFACES).get(words, words).split()[0]
    plain, told = (pixels(scene.paint(picture(f"teapot {end}"))) for end in ("", word))
    assert np.abs(plain - told).mean() > 2


def test_a_colour_word_colours_the_subject() -> None:
    red, blue = (palette_of(read(f"a {color} teapot"), 0, 1).subject for color in ("red", "blue"))
    assert red[0] > red[2]
    assert blue[2] > blue[0]


def test_text_in_quotes_is_drawn_as_written() -> None:
    drawn = {
        text: scene.paint(picture(f'a shop with a sign "{text}"', width=512, height=512)) for text in ("OPEN", "open")
    }
    top = [pixels(data)[:400] for data in drawn.values()]
    assert np.abs(top[0] - top[1]).max() > 100


@pytest.mark.parametrize(
    ("prompt", "quotes"),
    [
        ('a sign "Open Late" and "Café"', ("Open Late", "Café")),
        ("ein Schild „Brot“", ("Brot",)),
        ("a sign “Bread”", ("Bread",)),
        ("the baker's shop isn't open", ()),
        ("a sign 'Tea'", ("Tea",)),
    ],
)
def test_quotes_are_read_and_apostrophes_are_not(prompt: str, quotes: tuple[str, ...]) -> None:
    assert read(prompt).quotes == quotes


@pytest.mark.parametrize(
    ("prompt", "subject"),
    [("portrait of a cat", "cat"), ("portrait, window light", "portrait"), ("two teapots", "teapot"), ("idea", "")],
)
def test_the_subject_is_the_first_that_is_named(prompt: str, subject: str) -> None:
    assert read(prompt).subject == subject


def test_an_input_image_is_painted_in() -> None:
    painted = pixels(scene.paint(picture(inputs=(encoded("#00ff00"),), model="flux-pro-1.1", width=512, height=512)))
    green = (painted[..., 1] > 240) & (painted[..., 0] < 20) & (painted[..., 2] < 20)
    assert green.sum() > 5000


def test_an_input_by_url_is_a_frame_with_its_host() -> None:
    one, two, none = (
        pixels(scene.paint(picture(inputs=inputs)))
        for inputs in (("https://one.example/a.png",), ("https://two.example/a.png",), ())
    )
    assert 0 < np.abs(one - two).mean() < np.abs(one - none).mean()


def test_accents_are_drawn_over_their_letters() -> None:
    plain, told = (pixels(scene.paint(picture(f'a shop "{text}"', width=512, height=512))) for text in ("Cafe", "Café"))
    assert 0 < (np.abs(plain - told)[:420].max(axis=2) > 60).sum() < 400


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=200), st.integers(0, 2**32 - 1))
def test_any_prompt_and_seed_can_be_painted(prompt: str, seed: int) -> None:
    assert scene.poster(picture(prompt, seed=seed, width=128, height=96)).size == (128, 96)


@given(st.floats(0, 1), st.floats(0, 0.4), st.floats(-720, 720))
def test_every_oklch_colour_is_an_rgb(lightness: float, chroma: float, hue: float) -> None:
    assert all(0 <= channel <= 255 for channel in oklch(lightness, chroma, hue))
