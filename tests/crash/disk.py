"""A disk in memory that loses power: what was not synced is kept or lost, block by block and name by name."""

from __future__ import annotations

import errno
import os
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Literal

BLOCK = 512

Keep = Literal["none", "all", "some"]
Pending = tuple[int, bytes] | int


@dataclass
class File:
    """`live` is what a reader sees, `kept` what is on the platter, `pending` the writes and cuts between them."""

    live: bytes = b""
    kept: bytes = b""
    pending: list[Pending] = field(default_factory=list)
    is_folder: bool = False

    def after_crash(self, keep: Keep, rng: random.Random) -> bytes:
        content = self.kept
        for change in self.pending:
            if isinstance(change, int):
                content = content[:change] if keep == "all" or (keep == "some" and rng.random() < 0.5) else content
            elif keep != "none":
                content = _overlay(content, *change, keep, rng)
        if keep == "some" and len(self.live) > len(content) and rng.random() < 0.3:
            return content.ljust(len(self.live), b"\0")
        if keep == "some" and len(content) > len(self.kept) and rng.random() < 0.3:
            return content[: rng.randrange(len(self.kept), len(content))]
        return content


def _overlay(content: bytes, offset: int, written: bytes, keep: Keep, rng: random.Random) -> bytes:
    """`content` with the blocks of one write that reached the platter; a block before them that did not is zeros."""
    at = offset
    while at < offset + len(written):
        end = min(offset + len(written), (at // BLOCK + 1) * BLOCK)
        if keep == "all" or rng.random() < 0.5:
            content = content[:at].ljust(at, b"\0") + written[at - offset : end - offset] + content[end:]
        at = end
    return content


@dataclass
class NameChange:
    """A name that was given (`file`) or taken away (None); `old` is the name that a rename took it from."""

    path: Path
    file: File | None
    old: Path | None = None

    def on(self, names: dict[Path, File]) -> None:
        if self.old is not None:
            names.pop(self.old, None)
        if self.file is None:
            names.pop(self.path, None)
        else:
            names[self.path] = self.file


class SimDisk:
    """See `Disk`. `before` is told of every operation before it happens, and may raise OSError in its place.

    `capacity` bounds the bytes of all files; like a quota it is not told: `told_room` is. `root` and the folders
    outside it always stand.
    """

    def __init__(self, root: Path, *, capacity: int = 2**40) -> None:
        self.root = root
        self.capacity = capacity
        self.told_room = 2**40
        self.before: Callable[[str, Path], None] = lambda _verb, _path: None
        self.names: dict[Path, File] = {}
        self._kept_names: dict[Path, File] = {}
        self._pending_names: list[NameChange] = []
        self._open: dict[int, tuple[Path, File]] = {}
        self._next = 1000

    def open(self, path: Path, *, empty: bool = False) -> int:
        self.before("open", path)
        file = self.names.get(path)
        if file is None:
            if path.is_relative_to(self.root) and not self.exists(path.parent):
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
            file = File()
            self._name(NameChange(path, file))
        if empty:
            self._cut(file, 0)
        self._next += 1
        self._open[self._next] = path, file
        return self._next

    def open_own(self, path: Path) -> int:
        return self.open(path)

    def is_own(self, path: Path) -> bool:
        return path in self.names

    def write(self, descriptor: int, content: bytes) -> int:
        path, file = self._open[descriptor]
        self.before("write", path)
        space = self.capacity - sum(len(file.live) for file in self.names.values())
        if space <= 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        taken = content[:space]
        self._append(file, taken)
        return len(taken)

    def cut(self, descriptor: int, length: int) -> None:
        path, file = self._open[descriptor]
        self.before("cut", path)
        self._cut(file, length)

    def sync(self, descriptor: int) -> None:
        path, file = self._open[descriptor]
        try:
            self.before("sync", path)
        except OSError:
            # What Linux does: the pages that could not be written are called clean, and a crash loses them.
            file.pending.clear()
            raise
        file.kept = file.after_crash("all", random.Random(0))
        file.pending.clear()

    def close(self, descriptor: int) -> None:
        del self._open[descriptor]

    def read(self, path: Path) -> bytes:
        file = self.names.get(path)
        if file is None:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
        return file.live

    def open_to_read(self, path: Path) -> BinaryIO:
        return BytesIO(self.read(path))

    def exists(self, path: Path) -> bool:
        return path in self.names or self.root.is_relative_to(path)

    def rename(self, source: Path, target: Path) -> None:
        self.before("rename", target)
        if source not in self.names:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(source))
        if self.names.get(target) is not self.names[source]:  # between two names of one file it does nothing
            self._name(NameChange(target, self.names[source], source))

    def link(self, source: Path, target: Path) -> None:
        self.before("link", target)
        if target in self.names:
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))
        self._name(NameChange(target, self.names[source]))

    def remove(self, path: Path) -> None:
        self.before("remove", path)
        if path in self.names:
            self._name(NameChange(path, None))

    def make_folder(self, path: Path) -> None:
        self.before("make_folder", path)
        if path not in self.names:
            self._name(NameChange(path, File(is_folder=True)))

    def sync_folder(self, path: Path) -> None:
        self.before("sync_folder", path)
        for change in self._pending_names:
            if change.path.parent == path:
                change.on(self._kept_names)
        self._pending_names = [change for change in self._pending_names if change.path.parent != path]

    def room(self, folder: Path) -> int:
        return self.told_room

    def flip(self, path: Path, place: int, bit: int) -> None:
        """Damage on the platter."""
        file = self.names[path]
        spoilt = bytearray(file.live)
        spoilt[place] ^= 1 << bit
        file.live = file.kept = bytes(spoilt)

    def copy(self) -> SimDisk:
        """The same disk, as it is now, for another future."""
        twins = {
            id(file): File(file.live, file.kept, list(file.pending), file.is_folder)
            for file in [*self.names.values(), *self._kept_names.values(), *self._changed_files()]
        }
        disk = SimDisk(self.root, capacity=self.capacity)
        disk.names = {path: twins[id(file)] for path, file in self.names.items()}
        disk._kept_names = {path: twins[id(file)] for path, file in self._kept_names.items()}
        disk._pending_names = [
            NameChange(change.path, change.file and twins[id(change.file)], change.old)
            for change in self._pending_names
        ]
        return disk

    def after_power_loss(self, keep: Keep, rng: random.Random) -> SimDisk:
        """What a reboot finds: all that was synced, and some, all or none of the rest."""
        names = dict(self._kept_names)
        for change in self._pending_names:
            if keep == "all" or (keep == "some" and rng.random() < 0.5):
                change.on(names)
        disk = SimDisk(self.root, capacity=self.capacity)
        for path, file in names.items():
            if all(parent in names for parent in path.parents if parent != self.root and self.root in parent.parents):
                content = file.after_crash(keep, rng)
                disk.names[path] = File(content, content, [], file.is_folder)
        disk._kept_names = dict(disk.names)
        return disk

    def _changed_files(self) -> list[File]:
        return [change.file for change in self._pending_names if change.file is not None]

    def _name(self, change: NameChange) -> None:
        change.on(self.names)
        self._pending_names.append(change)

    def _append(self, file: File, content: bytes) -> None:
        file.pending.append((len(file.live), content))
        file.live += content

    def _cut(self, file: File, length: int) -> None:
        file.pending.append(length)
        file.live = file.live[:length]
