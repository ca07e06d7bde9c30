"""The disk, as the journal and the store see it: the few calls on which the promise about power loss rests."""

from __future__ import annotations

import errno
import os
import stat
import sys
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Protocol


class Disk(Protocol):
    """A file system. Every verb raises OSError; a descriptor is valid until `close`."""

    def open(self, path: Path, *, empty: bool = False) -> int:
        """A descriptor that appends to `path`, which is made where it is absent; `empty` forgets what it held."""

    def open_own(self, path: Path) -> int:
        """`open` where others may write too: made for this user alone; PermissionError unless `is_own`."""

    def is_own(self, path: Path) -> bool:
        """Whether a plain file of this user, with no other name, stands there itself: no link that leads to one."""

    def write(self, descriptor: int, content: bytes) -> int:
        """Append once. Returns how many bytes the disk took, which can be fewer."""

    def cut(self, descriptor: int, length: int) -> None:
        """Keep the first `length` bytes of an open file."""

    def sync(self, descriptor: int) -> None:
        """Put the bytes and the length of an open file on the platter, not its name."""

    def close(self, descriptor: int) -> None:
        """Give a descriptor back."""

    def read(self, path: Path) -> bytes:
        """All bytes of a file."""

    def open_to_read(self, path: Path) -> BinaryIO:
        """A file to be read from its start, in parts."""

    def exists(self, path: Path) -> bool:
        """Whether something stands under this name."""

    def rename(self, source: Path, target: Path) -> None:
        """Give a file another name at once; what stood there is gone."""

    def link(self, source: Path, target: Path) -> None:
        """Give a file a second name; FileExistsError where something has it."""

    def remove(self, path: Path) -> None:
        """Take a name away; nothing happens where there is none."""

    def make_folder(self, path: Path) -> None:
        """Make one folder, unless it stands."""

    def sync_folder(self, path: Path) -> None:
        """Put the names in a folder on the platter: a new or renamed file exists only after it."""

    def room(self, folder: Path) -> int:
        """How many more bytes this user may store there, as far as the file system tells."""


class SystemDisk:
    """See `Disk`: the real one."""

    def open(self, path: Path, *, empty: bool = False) -> int:
        """See `Disk.open`."""
        return os.open(
            path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | (os.O_TRUNC if empty else 0), 0o666
        )

    def open_own(self, path: Path) -> int:
        """See `Disk.open_own`. Not to wait for the reader of a pipe that somebody laid there, it does not block."""
        create = os.O_CREAT | (0 if self.is_own(path) else os.O_EXCL)
        flags = os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
        descriptor = os.open(path, flags | create, 0o600)
        if not _is_own(os.fstat(descriptor)):
            os.close(descriptor)
            raise PermissionError(errno.EPERM, os.strerror(errno.EPERM), str(path))
        return descriptor

    def is_own(self, path: Path) -> bool:
        """See `Disk.is_own`."""
        try:
            return _is_own(path.lstat())
        except FileNotFoundError:
            return False

    def write(self, descriptor: int, content: bytes) -> int:
        """See `Disk.write`."""
        return os.write(descriptor, content)

    def cut(self, descriptor: int, length: int) -> None:
        """See `Disk.cut`."""
        os.ftruncate(descriptor, length)

    def sync(self, descriptor: int) -> None:
        """See `Disk.sync`. On macOS fsync leaves the bytes in the drive's cache; F_FULLFSYNC does not."""
        if sys.platform == "darwin":
            import fcntl

            fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
        else:
            os.fdatasync(descriptor)

    def close(self, descriptor: int) -> None:
        """See `Disk.close`."""
        os.close(descriptor)

    def read(self, path: Path) -> bytes:
        """See `Disk.read`."""
        return path.read_bytes()

    def open_to_read(self, path: Path) -> BinaryIO:
        """See `Disk.open_to_read`."""
        return path.open("rb")

    def exists(self, path: Path) -> bool:
        """See `Disk.exists`."""
        return path.exists()

    def rename(self, source: Path, target: Path) -> None:
        """See `Disk.rename`."""
        source.replace(target)

    def link(self, source: Path, target: Path) -> None:
        """See `Disk.link`."""
        os.link(source, target, follow_symlinks=False)

    def remove(self, path: Path) -> None:
        """See `Disk.remove`."""
        path.unlink(missing_ok=True)

    def make_folder(self, path: Path) -> None:
        """See `Disk.make_folder`."""
        path.mkdir(exist_ok=True)

    def sync_folder(self, path: Path) -> None:
        """See `Disk.sync_folder`."""
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def room(self, folder: Path) -> int:
        """See `Disk.room`."""
        system = os.statvfs(folder)
        return system.f_bavail * system.f_frsize


def _is_own(found: os.stat_result) -> bool:
    return stat.S_ISREG(found.st_mode) and found.st_uid == os.getuid() and found.st_nlink == 1


SYSTEM_DISK = SystemDisk()


def write_all(disk: Disk, descriptor: int, content: bytes) -> None:
    """Append all of `content`. A short write is followed by the rest, and that says why it was short."""
    left = memoryview(content)
    while left:
        left = left[disk.write(descriptor, bytes(left)) :]


def put_file(disk: Disk, path: Path, content: bytes) -> None:
    """Make `content` durable under `path` at once: a crash leaves what stood there, or all of it."""
    part = path.with_name(f"{path.name}.part")
    descriptor = disk.open(part, empty=True)
    try:
        write_all(disk, descriptor, content)
        disk.sync(descriptor)
    finally:
        disk.close(descriptor)
    disk.rename(part, path)
    disk.sync_folder(path.parent)


def make_folders(disk: Disk, folder: Path) -> None:
    """Make `folder` and its missing parents, so that their names survive.

    The folder's own name is synced also where it stands: a process that died may have made it just before.
    """
    if not disk.exists(folder.parent):
        make_folders(disk, folder.parent)
    disk.make_folder(folder)
    # A parent that this user may not read is not one that was just made.
    with suppress(PermissionError):
        disk.sync_folder(folder.parent)
