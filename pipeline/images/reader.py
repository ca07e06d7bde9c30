"""The seam to models that look at pictures: each reads a picture once, and figures come from what it read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from pipeline.images.check import BadPicture, open_picture
from pipeline.images.colours import in_srgb

if TYPE_CHECKING:
    from PIL.Image import Image


class Reader(Protocol):
    """What it reads hangs on the pixels and on `digest` alone: its weights, its code, and how it is used.

    `threads` may call `read` at once.
    """

    name: str
    digest: str
    threads: int

    def read(self, picture: Image) -> str:
        """What it sees in `picture`, which is upright, RGB and sRGB."""


@runtime_checkable
class Matcher(Reader, Protocol):
    """A reader of texts too: what it makes of a picture and of a text can be held against each other."""

    def read_text(self, text: str) -> str:
        """What it makes of `text`."""


def read_file(reader: Reader, source: Path) -> str:
    """What `reader` sees in the picture at `source`; transparency is left out.

    Raises:
        BadPicture: `source` is no picture that can be decoded.
        OSError: the file cannot be read.
    """
    from PIL import ImageOps

    with open_picture(source.read_bytes()) as image:
        try:
            upright = in_srgb(ImageOps.exif_transpose(image)).convert("RGB")
        except Exception as error:
            raise BadPicture(f"{source.name} does not decode: {error}") from error
    return reader.read(upright)
