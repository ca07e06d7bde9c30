"""Are two files the same picture, pixel for pixel? Signed provenance makes equal renders differ in bytes."""

from __future__ import annotations

from pathlib import Path

from pipeline.images.check import BadPicture, open_picture
from pipeline.images.colours import in_srgb


def same_pixels(one: Path, other: Path) -> bool:
    """Whether both decode to the same colours at the same size, transparency too; the files' kinds may differ.

    Raises:
        BadPicture: one of them cannot be decoded.
        OSError: one of them cannot be read.
    """
    from PIL import ImageChops

    with open_picture(one.read_bytes()) as first, open_picture(other.read_bytes()) as second:
        if first.size != second.size:
            return False
        try:
            pictures = [in_srgb(picture).convert("RGBA") for picture in (first, second)]
        except Exception as error:
            raise BadPicture(f"{one.name} or {other.name} does not decode: {error}") from error
        return ImageChops.difference(*pictures).getbbox(alpha_only=False) is None
