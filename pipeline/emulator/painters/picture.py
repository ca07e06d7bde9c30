"""`Picture`: what a painter is told, and how pixels become bytes."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from PIL import Image


class Picture(msgspec.Struct, frozen=True):
    """A picture to paint: sides in pixels, `format` jpeg, png or webp, `digest` names the request that asks for it.

    `inputs` are the request's images, as base64 or URLs.
    """

    digest: str
    model: str
    prompt: str
    seed: int
    width: int
    height: int
    format: str
    inputs: tuple[str, ...] = ()


OPTIONS: dict[str, dict[str, Any]] = {
    "jpeg": {"quality": 88},
    "png": {"compress_level": 1},
    "webp": {"quality": 86, "method": 0},
}


def encode(image: Image.Image, format_: str) -> bytes:
    """The image's file, with settings that favour speed."""
    file = io.BytesIO()
    image.save(file, format_.upper(), **OPTIONS[format_])
    return file.getvalue()
