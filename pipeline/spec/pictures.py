"""Input images that a job names by path: read once, checked, and known from then on by their content."""

from __future__ import annotations

import hashlib
from pathlib import Path

from pipeline.errors import JobError
from pipeline.images.check import BadPicture, check_content
from pipeline.source.reader import file_bytes
from pipeline.spec.job import Picture

MAX_BYTES = 20 << 20
MAX_PIXELS = 20_000_000
MIN_SIDE = 256
PICTURES = (
    f"a PNG, JPEG or WebP file, {MIN_SIDE} pixels a side to {MAX_PIXELS // 1_000_000} MP, to {MAX_BYTES >> 20} MB"
)


class Pictures:
    """The pictures that a job names, looked for from `folder`. `found` is by path as written, `bytes` by SHA-256."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.found: dict[str, Picture] = {}
        self.bytes: dict[str, bytes] = {}

    def take(self, text: str) -> str:
        """Read the picture at the path `text`; what is wrong with it, or nothing."""
        if text in self.found:
            return ""
        path = self._folder / text
        try:
            content = file_bytes(path, MAX_BYTES)
            picture = check_content(content) if len(content) <= MAX_BYTES else None
        except JobError:
            return "there is no such file" if not path.exists() else "it cannot be read"
        except BadPicture as error:
            return str(error)
        if picture is None:
            return f"it has more than {MAX_BYTES >> 20} MB"
        shape = f"{picture.width}x{picture.height}"
        if min(picture.width, picture.height) < MIN_SIDE:
            return f"it is {shape}, with a side under {MIN_SIDE}"
        if picture.width * picture.height > MAX_PIXELS:
            return f"it is {shape}, more than {MAX_PIXELS // 1_000_000} MP"
        sha256 = hashlib.sha256(content).hexdigest()
        self.bytes[sha256] = content
        self.found[text] = Picture(
            sha256=sha256,
            media_type=picture.media_type,
            width=picture.width,
            height=picture.height,
            caption=_caption(path),
        )
        return ""

    def matching(self, pattern: str) -> list[str]:
        """The paths, from the folder, of the files that `pattern` matches, sorted. `ValueError` when it is none."""
        files = (path for path in self._folder.glob(pattern) if path.is_file() and path.suffix.lower() != ".txt")
        return sorted(path.relative_to(self._folder).as_posix() for path in files)


def _caption(path: Path) -> str | None:
    """What the text file of the same name beside a picture says."""
    beside = path.with_suffix(".txt")
    try:
        return beside.read_text(encoding="utf-8-sig").strip() if beside.is_file() else None
    except (OSError, UnicodeDecodeError):
        return None
