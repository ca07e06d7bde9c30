"""A picture is taken only when it is whole."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from pipeline.images.check import MAX_BYTES, BadPicture, Picture, check_picture

WAYS = ["jpeg", "progressive jpeg", "png", "palette png", "webp", "lossless webp"]
MEDIA_TYPES = {"jpeg": "image/jpeg", "png": "image/png", "webp": "image/webp"}
same_folder = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@same_folder
@given(way=st.sampled_from(WAYS), width=st.integers(1, 80), height=st.integers(1, 80))
def test_a_whole_picture_is_taken_with_its_own_size(
    tmp_path: Path, encode: Callable[..., bytes], way: str, width: int, height: int
) -> None:
    path = tmp_path / "picture"
    path.write_bytes(encode(way, (width, height)))
    assert check_picture(path) == Picture(MEDIA_TYPES[way.split()[-1]], width, height)


@same_folder
@given(way=st.sampled_from(WAYS), part=st.floats(0, 1, exclude_max=True))
def test_a_picture_cut_anywhere_is_refused(tmp_path: Path, pictures: dict[str, bytes], way: str, part: float) -> None:
    whole = pictures[way]
    path = tmp_path / "picture"
    path.write_bytes(whole[: int(len(whole) * part)])
    with pytest.raises(BadPicture):
        check_picture(path)


@pytest.mark.parametrize("way", WAYS)
def test_a_picture_without_its_last_bytes_is_refused(tmp_path: Path, pictures: dict[str, bytes], way: str) -> None:
    path = tmp_path / "picture"
    for missing in range(1, 40):
        path.write_bytes(pictures[way][:-missing])
        with pytest.raises(BadPicture):
            check_picture(path)


@same_folder
@given(way=st.sampled_from(WAYS), start=st.floats(0, 1), length=st.integers(1, 200))
def test_a_hole_in_the_middle_never_escapes_as_another_error(
    tmp_path: Path, pictures: dict[str, bytes], way: str, start: float, length: int
) -> None:
    whole = pictures[way]
    at = int(len(whole) * start)
    path = tmp_path / "picture"
    path.write_bytes(whole[:at] + bytes(len(whole[at : at + length])) + whole[at + length :])
    with suppress(BadPicture):
        check_picture(path)


def test_a_png_with_one_wrong_bit_in_its_pixels_is_refused(tmp_path: Path, pictures: dict[str, bytes]) -> None:
    content = bytearray(pictures["png"])
    content[len(content) // 2] ^= 1
    path = tmp_path / "picture"
    path.write_bytes(content)
    with pytest.raises(BadPicture, match="checksum"):
        check_picture(path)


@pytest.mark.parametrize(("way", "padding"), [("jpeg", b"\x00" * 7), ("jpeg", b"\xff\xff"), ("png", b"\x00" * 7)])
def test_padding_after_the_end_is_allowed(tmp_path: Path, pictures: dict[str, bytes], way: str, padding: bytes) -> None:
    path = tmp_path / "picture"
    path.write_bytes(pictures[way] + padding)
    assert check_picture(path).width == 96


@pytest.mark.parametrize("way", ["jpeg", "png", "webp"])
def test_a_page_after_the_end_is_refused(tmp_path: Path, pictures: dict[str, bytes], way: str) -> None:
    path = tmp_path / "picture"
    path.write_bytes(pictures[way] + b"<html>")
    with pytest.raises(BadPicture):
        check_picture(path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b'{"error": "expired"}', 'it begins with \'{"error"'),
        (b"<!doctype html><title>403</title>", "<!doctype html>"),
        (b"GIF89a" + bytes(20), "not a JPEG, PNG or WebP"),
        (b"\xff\xd8\xff\xd9", "image/jpeg"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "picture"
    path.write_bytes(content)
    with pytest.raises(BadPicture) as caught:
        check_picture(path)
    assert words in str(caught.value)


@pytest.mark.parametrize("size", [(8100, 8000), (9500, 9500), (14000, 14000)])
def test_too_many_pixels_are_refused_before_they_are_decoded(tmp_path: Path, size: tuple[int, int]) -> None:
    path = tmp_path / "bomb.png"
    Image.new("1", size).save(path, "PNG")
    with pytest.raises(BadPicture, match="megapixels"):
        check_picture(path)


def test_too_many_bytes_are_refused_before_they_are_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.jpg"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(BadPicture, match="bytes"):
        check_picture(path)


def test_a_missing_file_is_not_a_bad_picture(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        check_picture(tmp_path / "none.png")


def test_importing_the_room_does_not_import_the_decoder() -> None:
    code = "import sys, pipeline.images.check, pipeline.images.thumbnail; sys.exit('PIL' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
