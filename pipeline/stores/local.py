"""`LocalStore`: artifacts in the output folder, by write, fsync, rename, fsync of the folder."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

from pipeline.manifest.disk import sync_file, sync_folder


class LocalStore:
    """See `Store`. Everything lies below `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def begin(self, name: str) -> BinaryIO:
        """See `Store.begin`."""
        part = self.part(name)
        if not part.parent.is_dir():
            part.parent.mkdir(parents=True, exist_ok=True)
            sync_folder(part.parent.parent)
        return part.open("wb")

    def part(self, name: str) -> Path:
        """See `Store.part`."""
        return self._folder / f"{name}.part"

    def keep(self, name: str, final: str) -> str:
        """See `Store.keep`."""
        part, target = self.part(name), self._folder / final
        with part.open("rb") as file:
            sync_file(file.fileno())
        os.replace(part, target)
        sync_folder(target.parent)
        return final

    def drop(self, name: str) -> None:
        """See `Store.drop`."""
        self.part(name).unlink(missing_ok=True)

    def put(self, name: str, content: bytes) -> None:
        """See `Store.put`."""
        if (self._folder / name).exists():
            return
        with self.begin(name) as file:
            file.write(content)
        self.keep(name, name)

    def read(self, name: str) -> bytes:
        """See `Store.read`."""
        return (self._folder / name).read_bytes()
