"""`Store`: where artifacts go. A name under which something stands is never a partial file."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol


class Store(Protocol):
    """A place for pictures. Names are relative, with `/`. Every verb raises OSError when the place fails."""

    def begin(self, name: str) -> AbstractContextManager[Callable[[bytes], object]]:
        """A function that appends bytes to an empty file, under a name that nobody reads (`.part`)."""

    def begun(self, name: str) -> bytes:
        """The bytes of an unfinished `name`, to be looked at before `keep`."""

    def keep(self, name: str, final: str) -> str:
        """Make the finished `name` durable under `final`, and only then visible. Returns `final`."""

    def drop(self, name: str) -> None:
        """Forget an unfinished `name`; nothing happens where there is none."""

    def put(self, name: str, content: bytes) -> None:
        """Make `content` durable under the final `name`, unless something stands there."""

    def take_over(self, source: Path, final: str, sha256: str) -> bool:
        """Make the file `source`, which lies elsewhere, durable under `final`, too: a second name for it, or a copy.

        What stood there goes. False, and nothing stands there, where its bytes are not those with this `sha256`.
        """

    def read(self, name: str) -> bytes:
        """The bytes under a final name."""

    def room_left(self) -> int:
        """How many more bytes fit, as far as the place tells."""
