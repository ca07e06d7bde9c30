"""`LocalStore`: artifacts in the output folder, by write, fsync, rename, fsync of the folder."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from pipeline.manifest.disk import SYSTEM_DISK, Disk, make_folders, put_file, write_all


class LocalStore:
    """See `Store`. Everything lies below `folder`."""

    def __init__(self, folder: Path, *, disk: Disk = SYSTEM_DISK) -> None:
        self._folder = folder
        self._disk = disk
        self._made: set[Path] = set()

    @contextmanager
    def begin(self, name: str) -> Iterator[Callable[[bytes], object]]:
        """See `Store.begin`."""
        part = self._part(name)
        self._make(part.parent)
        descriptor = self._disk.open(part, empty=True)
        try:
            yield partial(write_all, self._disk, descriptor)
        finally:
            self._disk.close(descriptor)

    def begun(self, name: str) -> bytes:
        """See `Store.begun`."""
        return self._disk.read(self._part(name))

    def keep(self, name: str, final: str) -> str:
        """See `Store.keep`."""
        part, target = self._part(name), self._folder / final
        if not self._disk.exists(part):
            raise FileNotFoundError(f"{part}: nothing was begun under this name")
        self._sync(part)
        self._disk.rename(part, target)
        self._disk.sync_folder(target.parent)
        return final

    def drop(self, name: str) -> None:
        """See `Store.drop`."""
        self._disk.remove(self._part(name))

    def put(self, name: str, content: bytes) -> None:
        """See `Store.put`."""
        target = self._folder / name
        if not self._disk.exists(target):
            self._make(target.parent)
            put_file(self._disk, target, content)

    def take_over(self, source: Path, final: str, sha256: str) -> bool:
        """See `Store.take_over`. Not by way of a `.part`: a later download would empty the file that it shares."""
        target = self._folder / final
        spare = target.with_name(f"{target.name}.link")
        self._make(target.parent)
        self._disk.remove(spare)
        try:
            self._disk.link(source, spare)
            self._sync(spare)
        except OSError:  # another file system, one without links, a file of somebody else
            self._disk.remove(spare)
            try:
                content = self._disk.read(source)
            except OSError:
                return False
            put_file(self._disk, spare, content)
        holds = hashlib.sha256(self._disk.read(spare)).hexdigest() == sha256
        if holds:
            self._disk.rename(spare, target)
        # Also after a rename: between two names of one file it does nothing.
        self._disk.remove(spare)
        self._disk.sync_folder(target.parent)
        return holds

    def read(self, name: str) -> bytes:
        """See `Store.read`."""
        return self._disk.read(self._folder / name)

    def room_left(self) -> int:
        """See `Store.room_left`."""
        return self._disk.room(self._folder)

    def _sync(self, path: Path) -> None:
        """An error that the kernel met while it wrote the bytes back is told to the first who asks afterwards."""
        descriptor = self._disk.open(path)
        try:
            self._disk.sync(descriptor)
        finally:
            self._disk.close(descriptor)

    def _part(self, name: str) -> Path:
        return self._folder / f"{name}.part"

    def _make(self, folder: Path) -> None:
        """Once a process: also a folder that stands may not be on the platter yet."""
        if folder not in self._made:
            make_folders(self._disk, folder)
            self._made.add(folder)
