"""Is a file a whole, decodable picture? Size, magic bytes, end marker, then a full decode of every pixel."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pipeline.images.sniff import sniff

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

MAX_BYTES = 64 * 2**20
MAX_PIXELS = 64_000_000


class BadPicture(ValueError):
    """These bytes are no whole picture; `str()` says what is wrong with them."""


class Picture(NamedTuple):
    """A picture that was decoded to its last pixel; sides in pixels, as stored (before any EXIF turn)."""

    media_type: str
    width: int
    height: int


def check_picture(path: Path) -> Picture:
    """Decode the picture at `path` whole.

    Raises:
        BadPicture: too large, of a kind that we do not take, cut short, or damaged.
        OSError: the file itself cannot be read.
    """
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise BadPicture(f"{size} bytes: more than the {MAX_BYTES} that a picture may have")
    return check_content(path.read_bytes())


def check_content(content: bytes) -> Picture:
    """`check_picture` of bytes that were read already. Raises `BadPicture`."""
    media_type = sniff(content[:12])
    if media_type is None:
        raise BadPicture(_not_a_picture(content))
    _END_CHECKS[media_type](content)
    with open_picture(content) as image:
        try:
            image.load()
        except Exception as error:
            raise BadPicture(f"{media_type} that does not decode: {error}") from error
        return Picture(media_type, image.width, image.height)


def open_picture(content: bytes) -> ImageFile:
    """The picture's header, read by the one decoder that its magic bytes name; pixels are decoded on `load()`.

    The decoders are called directly because `Image.open` only *warns* about a picture of 90 to 180 MP, and a warning
    cannot be caught safely in one thread of several. Pillow's `verify()` passes cut files, so it is not used.

    Raises:
        BadPicture: no decoder takes it, or it has more than `MAX_PIXELS`.
    """
    from PIL.JpegImagePlugin import JpegImageFile
    from PIL.PngImagePlugin import PngImageFile
    from PIL.WebPImagePlugin import WebPImageFile

    decoders: dict[str, Callable[[BytesIO], ImageFile]] = {
        "image/jpeg": JpegImageFile,
        "image/png": PngImageFile,
        "image/webp": WebPImageFile,
    }
    media_type = sniff(content[:12])
    if media_type is None:
        raise BadPicture(_not_a_picture(content))
    try:
        image = decoders[media_type](BytesIO(content))
    except Exception as error:
        raise BadPicture(f"{media_type} with a header that cannot be read: {error}") from error
    if image.width * image.height > MAX_PIXELS:
        raise BadPicture(f"{image.width}x{image.height} pixels: more than {MAX_PIXELS // 1_000_000} megapixels")
    return image


def _not_a_picture(content: bytes) -> str:
    if not content:
        return "empty"
    shown = content[:40].decode("ascii", "replace").replace("\ufffd", ".")
    return f"not a JPEG, PNG or WebP picture: it begins with {shown!r}"


def _jpeg_end(content: bytes) -> None:
    """End of image (FF D9), after which only padding may stand. Inside scan data FF D9 cannot occur."""
    if not content.rstrip(b"\x00\xff").endswith(b"\xff\xd9"):
        raise BadPicture("JPEG cut short: it has no end-of-image marker")


def _png_end(content: bytes) -> None:
    """Every chunk whole, with its checksum, up to IEND; then only zeros."""
    at = 8
    while at + 12 <= len(content):
        end = at + 12 + int.from_bytes(content[at : at + 4])
        if end > len(content):
            break
        if zlib.crc32(memoryview(content)[at + 4 : end - 4]) != int.from_bytes(content[end - 4 : end]):
            raise BadPicture(f"PNG damaged: the chunk at byte {at} fails its checksum")
        if content[at + 4 : at + 8] == b"IEND":
            if content[end:].strip(b"\x00"):
                raise BadPicture("PNG with other bytes after its end")
            return
        at = end
    raise BadPicture("PNG cut short: it has no IEND chunk")


def _webp_end(content: bytes) -> None:
    """RIFF states its own length, less the eight bytes of its head."""
    stated = int.from_bytes(content[4:8], "little") + 8
    if stated != len(content):
        raise BadPicture(f"WebP of {len(content)} bytes that states {stated}")


_END_CHECKS = {"image/jpeg": _jpeg_end, "image/png": _png_end, "image/webp": _webp_end}
