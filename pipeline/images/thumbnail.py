"""A small WebP of a picture, for looking at many; and what is measured of it, out of one decode."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.images.check import BadPicture, open_picture
from pipeline.images.colours import in_srgb
from pipeline.images.metrics import Metrics, measure

if TYPE_CHECKING:
    from PIL import Image
    from PIL.ImageFile import ImageFile

QUALITY = 75
DECODED = 256  # on the longer side, at the least: metrics may not hang on how large a thumbnail is wanted


def thumbnail(source: Path, targets: Mapping[Path, int]) -> Metrics:
    """Write `source` to each of `targets` as WebP, upright, its longer side at most so many pixels (never enlarged).

    Returns its metrics, which are measured on the same decode. No target is larger than `DECODED`. Each appears whole
    or not at all; several threads and processes may write the same one.

    Raises:
        BadPicture: `source` is no picture that can be decoded.
        OSError: a file cannot be read or written.
    """
    from PIL import Image, ImageOps

    copies = []
    with open_picture(source.read_bytes()) as image:
        try:
            _draft(image)
            upright = ImageOps.exif_transpose(image)
            metrics = measure(upright)
            small = in_srgb(upright)
            for target, longest in sorted(targets.items(), key=lambda wanted: -wanted[1]):
                # A gap of 1: what is twice as large or more is halved first, in a tenth of the time.
                small = small.copy()
                small.thumbnail((longest, longest), Image.Resampling.BILINEAR, reducing_gap=1.0)
                copies.append((small, target))
        except Exception as error:
            raise BadPicture(f"{source.name} does not decode: {error}") from error
    for copy, target in copies:
        _put(copy, target)
    return metrics


def _put(small: Image.Image, target: Path) -> None:
    part = target.with_name(f".{target.name}.{os.getpid()}-{threading.get_ident()}.part")
    try:
        small.save(part, "WEBP", quality=QUALITY, method=0)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _draft(image: ImageFile) -> None:
    """Let a JPEG be decoded at the smallest of 1/1, 1/2, 1/4, 1/8 that is `DECODED` or more: half the work."""
    scale = min(1.0, DECODED / max(image.size))
    image.draft(None, (max(1, int(image.width * scale)), max(1, int(image.height * scale))))
