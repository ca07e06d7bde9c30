"""One writer: the lock of an output folder. The kernel frees it when its process dies; the file is never deleted."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pipeline.errors import DiskError, ManifestError, ManifestLocked

FILE_NAME = "manifest.lock"
_PID_NAME = "manifest.pid"
_CANNOT_LOCK = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)


@contextmanager
def lock(folder: Path) -> Iterator[None]:
    """Hold the lock of `folder` (made if absent), or leave at once.

    Raises:
        ManifestLocked: another process holds it; its pid is in the message.
        ManifestError: the file system cannot lock.
        DiskError: the folder or the lock file cannot be made.
    """
    import filelock

    held = filelock.FileLock(
        folder / FILE_NAME, timeout=0, thread_local=False, fallback_to_soft=False, preserve_lock_file=True
    )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        held.acquire()
    except filelock.Timeout:
        raise ManifestLocked(
            f"{folder}: another fluxsweep{_holder(folder)} is writing here; wait for it, or stop it with Ctrl-C"
        ) from None
    except NotImplementedError:
        raise _cannot_lock(folder) from None
    except OSError as error:
        if error.errno in _CANNOT_LOCK:
            raise _cannot_lock(folder) from None
        raise DiskError(f"{folder}: cannot be locked ({error.strerror})") from None
    try:
        # A courtesy to the one who comes second: a full disk is no reason to leave.
        with suppress(OSError):
            (folder / _PID_NAME).write_text(f"{os.getpid()}\n")
        yield
    finally:
        with suppress(OSError):
            (folder / _PID_NAME).unlink(missing_ok=True)
        held.release()


def _cannot_lock(folder: Path) -> ManifestError:
    return ManifestError(f"{folder}: this file system cannot lock files; choose another folder with -o")


def _holder(folder: Path) -> str:
    try:
        return f" (process {int((folder / _PID_NAME).read_text())})"
    except (OSError, ValueError):
        return ""
