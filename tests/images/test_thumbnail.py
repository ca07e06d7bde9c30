"""Thumbnails are small, upright and whole."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from pipeline.images.check import BadPicture, check_picture
from pipeline.images.thumbnail import thumbnail


@pytest.mark.parametrize("way", ["jpeg", "progressive jpeg", "png", "palette png", "webp", "lossless webp"])
@pytest.mark.parametrize(("size", "expected"), [((640, 320), (160, 80)), ((200, 400), (80, 160)), ((60, 30), (60, 30))])
def test_the_longer_side_is_bounded_and_the_shape_kept(
    tmp_path: Path, encode: Callable[..., bytes], way: str, size: tuple[int, int], expected: tuple[int, int]
) -> None:
    source, target = tmp_path / "source", tmp_path / "small.webp"
    source.write_bytes(encode(way, size))
    thumbnail(source, {target: 160})
    small = check_picture(target)
    assert (small.media_type, small.width, small.height) == ("image/webp", *expected)


def test_a_picture_that_asks_to_be_turned_is_turned(tmp_path: Path) -> None:
    image = Image.new("RGB", (200, 100), "red")
    image.paste("blue", (0, 0, 100, 100))
    exif = Image.Exif()
    exif[0x0112] = 6  # turn a quarter to the right: what was left is on top
    source, target = tmp_path / "turned.jpg", tmp_path / "small.webp"
    image.save(source, exif=exif, quality=95)
    thumbnail(source, {target: 100})
    with Image.open(target) as small:
        assert small.size == (50, 100)
        pixels = small.convert("RGB").tobytes()
    top, bottom = pixels[:3], pixels[-3:]
    assert top[2] > 200
    assert bottom[0] > 200


def test_transparency_is_kept(tmp_path: Path) -> None:
    source, target = tmp_path / "clear.png", tmp_path / "small.webp"
    Image.new("RGBA", (100, 100), (0, 0, 0, 0)).save(source)
    thumbnail(source, {target: 50})
    with Image.open(target) as small:
        assert small.mode == "RGBA"
        assert small.getchannel("A").getextrema() == (0, 0)


def test_a_cut_picture_leaves_no_file_behind(tmp_path: Path, pictures: dict[str, bytes]) -> None:
    source = tmp_path / "cut.png"
    source.write_bytes(pictures["png"][:500])
    with pytest.raises(BadPicture):
        thumbnail(source, {tmp_path / "small.webp": 50})
    assert [path.name for path in tmp_path.iterdir()] == ["cut.png"]


def test_an_old_thumbnail_is_replaced_whole(tmp_path: Path, pictures: dict[str, bytes]) -> None:
    source, target = tmp_path / "source.png", tmp_path / "small.webp"
    source.write_bytes(pictures["png"])
    target.write_bytes(b"what a crash left")
    thumbnail(source, {target: 50})
    assert check_picture(target).width == 50
    assert sorted(path.name for path in tmp_path.iterdir()) == ["small.webp", "source.png"]
