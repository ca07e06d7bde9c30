"""A picture's profile is obeyed wherever its pixels are written anew, and goes with no copy."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageCms

from pipeline.compare.picture import blind_pictures
from pipeline.images.colours import in_srgb
from pipeline.images.same import same_pixels
from pipeline.images.thumbnail import thumbnail
from pipeline.report.print_page import _read
from tests.compare.test_picture import sight_of

RED, BLUE = (255, 0, 0), (0, 0, 255)


def swapped() -> bytes:
    """A profile in which red means blue and blue red: sRGB with two primaries exchanged."""
    plain = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return plain.replace(b"rXYZ", b"????").replace(b"bXYZ", b"rXYZ").replace(b"????", b"bXYZ")


def in_review(path: Path) -> Image.Image:
    folder = path.parent / "job"
    sight = sight_of(folder, ((32, 32), "image/png"), ((32, 32), "image/png"))
    (folder / str(sight.left.file)).write_bytes(path.read_bytes())
    return Image.open(BytesIO(blind_pictures(folder, sight)["left"]))


def in_small(path: Path) -> Image.Image:
    thumbnail(path, {path.with_name("small.webp"): 32})
    return Image.open(path.with_name("small.webp"))


def on_paper(path: Path) -> Image.Image:
    return _read(path, (32, 32))


@pytest.mark.parametrize("look", [in_review, in_small, on_paper])
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_what_is_written_anew_has_the_colours_that_the_profile_means(
    tmp_path: Path, look: Callable[[Path], Image.Image], mode: str
) -> None:
    path = tmp_path / "profiled.png"
    Image.new("RGB", (32, 32), RED).convert(mode).save(path, icc_profile=swapped())
    seen = look(path)
    pixel = seen.convert("RGB").getpixel((16, 16))
    assert isinstance(pixel, tuple)
    assert max(abs(one - other) for one, other in zip(pixel, BLUE, strict=True)) <= 8
    assert "icc_profile" not in seen.info


def test_equal_numbers_in_other_profiles_are_other_colours(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("plain.png", "profiled.png", "meant.png")]
    Image.new("RGB", (8, 8), RED).save(paths[0])
    Image.new("RGB", (8, 8), RED).save(paths[1], icc_profile=swapped())
    Image.new("RGB", (8, 8), BLUE).save(paths[2])
    assert not same_pixels(paths[0], paths[1])
    assert same_pixels(paths[1], paths[2])


def test_transparency_outlives_the_change_of_colours() -> None:
    clear = Image.new("RGBA", (4, 4), (*RED, 77))
    clear.info["icc_profile"] = swapped()
    assert in_srgb(clear).getpixel((0, 0)) == (*BLUE, 77)


@pytest.mark.parametrize("mode", ["RGB", "L", "P", "CMYK", "LA"])
@pytest.mark.parametrize("profile", [b"", b"no profile", swapped()[:200]])
def test_a_profile_that_cannot_be_used_is_passed_over(mode: str, profile: bytes) -> None:
    image = Image.effect_noise((16, 16), 50).convert(mode)
    plain = in_srgb(image)
    image.info["icc_profile"] = profile
    assert in_srgb(image) == plain
