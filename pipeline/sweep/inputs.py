"""Input images by content: those that the job holds as base64 are kept once, those in files are known already."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress

from pipeline.catalog.check import PIXELS_PER_MEGAPIXEL
from pipeline.images.check import BadPicture, open_picture
from pipeline.images.sniff import sniff
from pipeline.spec.job import Picture
from pipeline.task.request import ImageRef

_URL = re.compile(r"https?://", re.IGNORECASE)
_PREFIX = re.compile(r"data:[^,]*;base64,", re.IGNORECASE)


class Inputs:
    """The images met so far: `kept` holds the bytes of the base64 ones by SHA-256. `files` are known by path."""

    def __init__(self, files: Mapping[str, Picture]) -> None:
        self.kept: dict[str, bytes] = {}
        self._known: dict[str, ImageRef | str | None] = {
            path: ImageRef(file.sha256, file.media_type) for path, file in files.items()
        }
        self._sides = {file.sha256: (file.width, file.height) for file in files.values()}

    def take(self, text: str) -> ImageRef | str | None:
        """`text` as it is asked for: a URL stays one, base64 becomes a reference; None for anything else."""
        if text not in self._known:
            self._known[text] = text if _URL.match(text) else self._keep(text)
        return self._known[text]

    def megapixels(self, images: Iterable[ImageRef]) -> int:
        """What input images count for in a price, each rounded up; 0 where one is not known."""
        counts = []
        for image in images:
            width, height = self._sides.get(image.sha256, (0, 0))
            counts.append(-(-width * height // PIXELS_PER_MEGAPIXEL))
        return sum(counts) if all(counts) else 0

    def sides(self, image: object) -> str:
        """The pixels of an input image, as `512x512`; empty where they are not known."""
        sides = self._sides.get(image.sha256) if isinstance(image, ImageRef) else None
        return "x".join(map(str, sides)) if sides else ""

    def _keep(self, text: str) -> ImageRef | None:
        try:
            content = base64.b64decode("".join(_PREFIX.sub("", text, count=1).split()), validate=True)
        except (binascii.Error, ValueError):
            return None
        media_type = sniff(content)
        if media_type is None:
            return None
        sha256 = hashlib.sha256(content).hexdigest()
        self.kept[sha256] = content
        with suppress(BadPicture), open_picture(content) as picture:
            self._sides[sha256] = picture.size
        return ImageRef(sha256, media_type)
