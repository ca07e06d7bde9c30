"""What a reviewer may see of a picture is its pixels: upright, in one box with the other, and nothing beside them."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops

from pipeline.compare.pairs import pair_up
from pipeline.compare.picture import blind_pictures
from pipeline.compare.sitting import Sight
from tests.compare.gallery import Gallery

SIZES = st.tuples(st.integers(8, 300), st.integers(8, 300))
KINDS = st.sampled_from(["image/png", "image/jpeg"])


def sight_of(folder: Path, *kinds: tuple[tuple[int, int], str]) -> Sight:
    """A pair of two pictures of these sizes and media types."""
    gallery = Gallery(folder)
    for arm, (gallery.size, gallery.media_type) in zip("ab", kinds, strict=True):
        gallery.add({"prompt": arm, "seed": 1}, f"by {arm}")
    (pair,) = pair_up(gallery.rows(), "prompt").pairs
    return Sight("name", pair, swapped=False)


@settings(max_examples=40)
@given(one=st.tuples(SIZES, KINDS), other=st.tuples(SIZES, KINDS))
def test_two_pictures_share_one_format_and_one_box_and_carry_nothing(
    one: tuple[tuple[int, int], str], other: tuple[tuple[int, int], str]
) -> None:
    with TemporaryDirectory() as folder:
        pictures = blind_pictures(Path(folder), sight_of(Path(folder), one, other))
    box = [min(sides) for sides in zip(one[0], other[0], strict=True)]
    for (size, _), content in zip((one, other), pictures.values(), strict=True):
        picture = Image.open(BytesIO(content))
        assert picture.format == "JPEG"
        assert not set(picture.info) & {"exif", "comment", "parameters", "icc_profile", "xmp"}
        assert picture.width <= box[0]
        assert picture.height <= box[1]
        assert picture.width == box[0] or picture.height == box[1]
        assert abs(picture.width / picture.height - size[0] / size[1]) <= size[0] / size[1] * 1.01 / min(picture.size)


def test_pictures_of_one_size_keep_every_pixel_nearly(tmp_path: Path) -> None:
    sight = sight_of(tmp_path, ((64, 64), "image/png"), ((64, 64), "image/png"))
    before = Image.effect_mandelbrot((64, 64), (-2, -1.5, 1, 1.5), 50).convert("RGB")
    before.save(tmp_path / str(sight.left.file))
    after = Image.open(BytesIO(blind_pictures(tmp_path, sight)["left"]))
    assert max(ImageChops.difference(before, after).convert("L").tobytes()) <= 12


@pytest.mark.parametrize(("turn", "size"), [(1, (90, 60)), (6, (60, 90)), (3, (90, 60))])
def test_a_turned_picture_stands_upright(tmp_path: Path, turn: int, size: tuple[int, int]) -> None:
    sight = sight_of(tmp_path, ((90, 60), "image/jpeg"), ((200, 200), "image/png"))
    exif = Image.Exif()
    exif[0x0112] = turn
    Image.new("RGB", (90, 60)).save(tmp_path / str(sight.left.file), "JPEG", exif=exif)
    assert Image.open(BytesIO(blind_pictures(tmp_path, sight)["left"])).size == size


def test_what_is_transparent_is_white_on_both_sides(tmp_path: Path) -> None:
    sight = sight_of(tmp_path, ((32, 32), "image/png"), ((32, 32), "image/png"))
    for row in (sight.left, sight.right):
        Image.new("RGBA", (32, 32), (200, 0, 0, 0)).save(tmp_path / str(row.file))
    for content in blind_pictures(tmp_path, sight).values():
        assert Image.open(BytesIO(content)).getpixel((16, 16)) == (255, 255, 255)
