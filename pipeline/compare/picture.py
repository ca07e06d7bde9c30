"""What a reviewer may see of a picture: its pixels. No name, no recipe, no format or size that tells arms apart."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.compare.pairs import Pair
from pipeline.compare.sitting import Side, Sight
from pipeline.images.alike import NEAR, distance
from pipeline.images.check import BadPicture, open_picture
from pipeline.images.colours import in_srgb
from pipeline.images.metrics import Metrics
from pipeline.images.same import same_pixels

if TYPE_CHECKING:
    from PIL.Image import Image

MEDIA_TYPE = "image/jpeg"
EXTENSION = "jpg"
QUALITY = 95


def blind_pictures(folder: Path, sight: Sight) -> dict[Side, bytes]:
    """Every picture of `sight`, whose files lie in `folder`, as JPEGs of one quality; left and right fit one box.

    Raises:
        BadPicture: one does not decode.
        OSError: one cannot be read.
    """
    left, right = (_pixels(folder / (row.file or "")) for row in (sight.left, sight.right))
    box = min(left.width, right.width), min(left.height, right.height)
    pictures: dict[Side, bytes] = {"left": _jpeg(_fitted(left, box)), "right": _jpeg(_fitted(right, box))}
    if sight.input is not None:
        pictures["input"] = _jpeg(_pixels(folder / sight.input.path))
    return pictures


def look_the_same(folder: Path, pair: Pair, metrics: Mapping[str, Metrics]) -> bool:
    """Whether both sides of `pair`, whose files lie in `folder`, are one picture to the eye: the same to the pixel.

    `metrics` are what is known, by SHA-256: pictures whose hashes are far apart need not be decoded. One that cannot be
    decoded looks like nothing.
    """
    one, other = (metrics.get(row.sha256 or "") for row in (pair.first, pair.second))
    if one is not None and other is not None and distance(one.phash, other.phash) > NEAR:
        return False
    try:
        return same_pixels(folder / (pair.first.file or ""), folder / (pair.second.file or ""))
    except (BadPicture, OSError):
        return False


def _pixels(path: Path) -> Image:
    """Upright pixels as sRGB and nothing else: what Pillow read beside them (comment, EXIF, text) stays with the old
    object, and a profile with the file.
    """
    from PIL import Image, ImageOps

    with open_picture(path.read_bytes()) as opened:
        try:
            upright = in_srgb(ImageOps.exif_transpose(opened)).convert("RGBA")
        except Exception as error:
            raise BadPicture(f"{path.name} does not decode: {error}") from error
    ground = Image.new("RGB", upright.size, "white")
    ground.paste(upright, mask=upright.getchannel("A"))
    return ground


def _fitted(picture: Image, box: tuple[int, int]) -> Image:
    """As large as `box` allows, in its own proportion; never enlarged."""
    from PIL import Image

    scale = min(box[0] / picture.width, box[1] / picture.height)
    if scale == 1:
        return picture
    size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    return picture.resize(size, Image.Resampling.LANCZOS)


def _jpeg(picture: Image) -> bytes:
    encoded = BytesIO()
    picture.save(encoded, "JPEG", quality=QUALITY, subsampling=0)
    return encoded.getvalue()
