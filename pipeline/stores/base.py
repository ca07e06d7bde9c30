"""`Store`: where artifacts go. A name under which something stands is never a partial file."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO, Protocol


class Store(Protocol):
    """A place for pictures. Names are relative, with `/`."""

    def begin(self, name: str) -> BinaryIO:
        """An empty file to write into, under a name that nobody reads (`.part`). Raises OSError."""

    def part(self, name: str) -> Path:
        """Where the bytes of an unfinished `name` lie, to be looked at before `keep`."""

    def keep(self, name: str, final: str) -> str:
        """Make the finished `name` durable under `final`, and only then visible. Returns `final`. Raises OSError."""

    def drop(self, name: str) -> None:
        """Forget an unfinished `name`; nothing happens where there is none."""

    def put(self, name: str, content: bytes) -> None:
        """Make `content` durable under the final `name`, unless something stands there. Raises OSError."""

    def read(self, name: str) -> bytes:
        """The bytes under a final name. Raises OSError."""
