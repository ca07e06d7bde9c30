"""Input images as requests carry them: base64 (with or without a data URI's head), or a URL, which is not fetched."""

from __future__ import annotations

import base64
import binascii
import io
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

MAX_BYTES = 20 * 2**20
MAX_PIXELS = 20_000_000
MIN_SIDE = 256
URL = re.compile(r"https?://\S+")
DATA_HEAD = re.compile(r"data:[\w/+.-]*(;[\w=+.-]*)*,")


class BadInput(Exception):
    """The text is no image that the service takes; `str()` says why."""


def is_url(text: str) -> bool:
    """Whether the text is an http(s) URL."""
    return URL.fullmatch(text) is not None


def decode(text: str) -> Image.Image:
    """The image, header read, pixels not yet. Raises `BadInput`."""
    from PIL import Image, UnidentifiedImageError

    head = DATA_HEAD.match(text[:200])
    try:
        data = base64.b64decode(text[head.end() if head else 0 :], validate=True)
    except (binascii.Error, ValueError):
        raise BadInput("input is neither a URL nor base64") from None
    if len(data) > MAX_BYTES:
        raise BadInput("the image is larger than 20 MB")
    try:
        return Image.open(io.BytesIO(data))
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError):
        raise BadInput("input is not an image") from None


def measure(text: str) -> tuple[int, int]:
    """Width and height in pixels. Raises `BadInput`, also for sides under 256 or more than 20 megapixels."""
    width, height = decode(text).size
    if width * height > MAX_PIXELS:
        raise BadInput("the image has more than 20 megapixels")
    if min(width, height) < MIN_SIDE:
        raise BadInput(f"the image's sides must be at least {MIN_SIDE} pixels")
    return width, height
