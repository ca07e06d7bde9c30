"""What kind of picture some bytes are, by their magic bytes. Names and headers lie."""

from __future__ import annotations

_EXTENSIONS = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp"}


def sniff(head: bytes) -> str | None:
    """The media type of a picture that begins with `head` (12 bytes are enough); None when it is none we take."""
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    return None


def extension(media_type: str) -> str:
    """The file extension, without a dot, of a media type that `sniff` gave.

    Raises:
        KeyError: `sniff` never gives this one.
    """
    return _EXTENSIONS[media_type]
