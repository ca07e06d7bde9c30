"""Input images that a job holds as base64: their bytes are kept once, and named by content."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re

from pipeline.images.sniff import sniff
from pipeline.task.request import ImageRef

_URL = re.compile(r"https?://", re.IGNORECASE)
_PREFIX = re.compile(r"data:[^,]*;base64,", re.IGNORECASE)


class Inputs:
    """The images met so far: `kept` holds their bytes by SHA-256."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self._known: dict[str, ImageRef | str | None] = {}

    def take(self, text: str) -> ImageRef | str | None:
        """`text` as it is asked for: a URL stays one, base64 becomes a reference; None for anything else."""
        if text not in self._known:
            self._known[text] = text if _URL.match(text) else self._keep(text)
        return self._known[text]

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
        return ImageRef(sha256, media_type)
